/** What the suite says while it runs, a line of JSON each. */
export type Line =
  | { kind: "begin"; title: string }
  | { kind: "pass"; title: string; milliseconds: number }
  | { kind: "fail"; title: string; error: string }
  | { kind: "end"; passed: number; failed: number };
