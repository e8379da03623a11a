/** The wire types, generated from the daemon's models and shared by all clients. */
export * from "../../panels/src/protocol";
