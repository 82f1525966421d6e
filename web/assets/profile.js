/** The profile page: who you are, and the ways out. */

import { byId, say, whileBusy } from "/assets/dom.js";
import { explain } from "/assets/messages.js";
import { initials, roleChips } from "/assets/people.js";
import { currentSession, leaveIfSignedOut, signOut } from "/assets/session.js";
import { dateOf, momentOf } from "/assets/times.js";

async function load() {
  byId("failed").hidden = true;
  byId("loading").hidden = false;
  try {
    show(await currentSession());
  } catch (error) {
    if (!leaveIfSignedOut(error)) {
      byId("failed-text").textContent = explain(error);
      byId("failed").hidden = false;
    }
  }
  byId("loading").hidden = true;
}

function show({ user, session }) {
  byId("avatar").textContent = initials(user);
  byId("name").textContent = user.name || user.email;
  say(byId("email"), user.name ? user.email : "");
  byId("roles").replaceChildren(...roleChips(user.roles, "None: you can look, but not change"));
  byId("since").replaceChildren(dateOf(user.created_at));
  byId("expiry").replaceChildren(momentOf(session.expires_at));
  byId("person").hidden = false;
  byId("leave").hidden = false;
}

function offerSignOut(button, label, options) {
  button.addEventListener("click", () =>
    whileBusy(button, label, async () => {
      byId("leave-error").textContent = "";
      try {
        await signOut(options);
      } catch (error) {
        byId("leave-error").textContent = explain(error);
      }
    }),
  );
}

byId("retry").addEventListener("click", load);
offerSignOut(byId("sign-out"), "Signing out…", {});
offerSignOut(byId("sign-out-everywhere"), "Signing out everywhere…", { everywhere: true });
load();
