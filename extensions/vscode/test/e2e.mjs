/**
 * The package as a person goes through it, in code-server and Chromium, with a real daemon and real runs.
 *
 * `landing`: the template, really trained, from palette to landed improvement, through a reload and a
 * killed daemon. `conversation`: approvals, chat and comments, on a trainer that takes a second.
 * `refusals`: what is said when something is missing. Each name is an option that leaves the others out;
 * --pictures writes docs/images/vscode-*.png and media/walkthrough/*.png.
 */
import { conversation } from "./flows/conversation.mjs";
import { landing } from "./flows/landing.mjs";
import { refusals } from "./flows/refusals.mjs";
import { Scene } from "./scene.mjs";

const flows = { landing, conversation, refusals };
const named = Object.keys(flows).filter((name) => process.argv.includes(`--${name}`));

const scene = await Scene.open(process.argv.includes("--pictures"));
let failed = 0;
try {
  for (const name of named.length > 0 ? named : Object.keys(flows)) {
    scene.failed = 0;
    await flows[name](scene);
    failed += scene.failed;
  }
} finally {
  await scene.browser.close();
}
process.exit(failed);
