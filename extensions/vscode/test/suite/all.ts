/** Every test file, in the order in which they run. Each asks for what it needs, so each can run alone. */
import "./connection.test";
import "./commands.test";
import "./runs.test";
import "./editor.test";
import "./review.test";
import "./comments.test";
import "./approvals.test";
import "./death.test";
