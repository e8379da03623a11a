/** A yes to a question with a text that says what would happen. */
import { Dialog, showDialog } from "@jupyterlab/apputils";

export async function confirm(title: string, body: string, accept: string): Promise<boolean> {
  const answer = await showDialog({
    title,
    body,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: accept })],
  });
  return answer.button.accept;
}
