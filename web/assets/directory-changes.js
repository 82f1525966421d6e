/** What an administrator may do in the directory: invite, rename, remove. */

import { call } from "/assets/api.js";
import { formDialog } from "/assets/dialogs.js";
import { byId, complain } from "/assets/dom.js";
import { explainAddress } from "/assets/messages.js";
import { nameOf } from "/assets/people.js";

/** Show the invite button and return the actions for the rows. */
export function offerChanges({ reload, startOver, announce }) {
  offerInvite({ startOver, announce });
  return { Rename: renaming({ reload, announce }), Remove: removing({ reload, announce }) };
}

function offerInvite({ startOver, announce }) {
  const email = byId("invite-email");
  const name = byId("invite-name");
  const open = formDialog(byId("invite-dialog"), {
    busyLabel: "Sending…",
    check: () => isFine(email, explainAddress(email)),
    // The letter failed, but the person is in the directory by now.
    onFailure: (error) => error.status === 502 && startOver(),
  });

  byId("invite").hidden = false;
  byId("invite").addEventListener("click", () => {
    email.value = "";
    name.value = "";
    open({
      send: () => call("POST", "/invite", { body: withoutEmpty({ email: email.value.trim(), name: name.value.trim() }) }),
      done: async () => {
        await startOver();
        announce(`The invitation to ${email.value.trim()} is on its way.`);
      },
    });
  });
}

function renaming({ reload, announce }) {
  const name = byId("rename-name");
  const open = formDialog(byId("rename-dialog"), {
    busyLabel: "Saving…",
    check: () => isFine(name, name.value.trim() ? "" : "Enter a name."),
  });

  return (user) => {
    byId("rename-whom").textContent = user.email;
    name.value = user.name ?? "";
    open({
      send: () => call("PATCH", pathOf(user), { body: { name: name.value.trim() } }),
      done: async ({ data }) => {
        await reload();
        announce(`${user.email} is now called ${data.name}.`);
        document.querySelector(`tr[data-id="${CSS.escape(user.id)}"] .rename`)?.focus();
      },
    });
    name.select();
  };
}

function removing({ reload, announce }) {
  const open = formDialog(byId("remove-dialog"), { busyLabel: "Removing…" });

  return (user) => {
    byId("remove-heading").textContent = `Remove ${nameOf(user)}?`;
    byId("remove-text").textContent = `${user.email} is signed out everywhere and leaves the directory. This cannot be undone.`;
    open({
      send: () => call("DELETE", pathOf(user)),
      done: async () => {
        await reload();
        announce(`${nameOf(user)} has been removed.`);
        byId("heading").focus();
      },
    });
  };
}

function isFine(input, wrong) {
  complain(input, wrong);
  if (wrong) {
    input.focus();
  }
  return wrong === "";
}

function pathOf(user) {
  return `/users/${encodeURIComponent(user.id)}`;
}

function withoutEmpty(body) {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ""));
}
