/** A dialog with a form: opens, sends, shows what failed inside itself, closes when it is done. */

import { complain, say, whileBusy } from "/assets/dom.js";
import { explain, explainField } from "/assets/messages.js";
import { leaveIfSignedOut } from "/assets/session.js";

/**
 * Wire up a dialog once. Returns `open({send, done})`: `send` does the work and may reject with an ApiError;
 * `done` runs after the dialog has closed and the focus is back on the page.
 */
export function formDialog(dialog, { busyLabel, check = () => true, onFailure = () => {} }) {
  const form = dialog.querySelector("form");
  const submit = form.querySelector("[type=submit]");
  const problem = dialog.querySelector(".dialog-error");
  const inputs = [...form.querySelectorAll("input")];
  let task;

  function isBusy() {
    return submit.getAttribute("aria-busy") === "true";
  }

  function clear() {
    say(problem, "");
    inputs.forEach((input) => complain(input, ""));
  }

  /** Show a failure next to its field if it has one, else at the end of the form. */
  function show(error) {
    const wrong = inputs.filter((input) => explainField(error, input.name));
    wrong.forEach((input) => complain(input, explainField(error, input.name)));
    wrong[0]?.focus();
    say(problem, wrong.length ? "" : explain(error));
  }

  async function run() {
    clear();
    if (!check()) {
      return;
    }
    let result;
    try {
      result = await task.send();
    } catch (error) {
      if (!leaveIfSignedOut(error)) {
        show(error);
        onFailure(error);
      }
      return;
    }
    dialog.close();
    await task.done(result);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    whileBusy(submit, busyLabel, run);
  });
  form.querySelector("[value=cancel]").addEventListener("click", () => isBusy() || dialog.close());
  dialog.addEventListener("cancel", (event) => {
    if (isBusy()) {
      event.preventDefault();
    }
  });

  inputs.forEach((input) => input.addEventListener("input", () => complain(input, "")));

  return function open(work) {
    task = work;
    clear();
    dialog.showModal();
  };
}
