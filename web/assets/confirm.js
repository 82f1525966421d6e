/** The page behind a magic link: posts its form by itself, and gives the button back when that takes long. */

const PATIENCE_MS = 15_000;
const form = document.getElementById("confirm");
const button = document.getElementById("continue");
const status = document.getElementById("status");

function setBusy(busy) {
  button.textContent = busy ? "Signing you in…" : "Sign in";
  button.setAttribute("aria-busy", String(busy));
}

function post() {
  if (!navigator.onLine) {
    status.textContent = "You are offline. Connect to the internet, then press the button.";
    return;
  }
  status.textContent = "One moment, your link is being checked.";
  setBusy(true);
  setTimeout(() => {
    setBusy(false);
    status.textContent = "This takes longer than usual. Press the button to try again.";
  }, PATIENCE_MS);
  form.submit();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (button.getAttribute("aria-busy") !== "true") {
    post();
  }
});

// Coming back with the browser's back button: the link is spent by now, and the server will say so.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    setBusy(false);
    status.textContent = "Press the button to sign in with the link from your letter.";
  }
});

// A page that is only prerendered must not spend the link.
if (document.prerendering) {
  document.addEventListener("prerenderingchange", post, { once: true });
} else {
  post();
}
