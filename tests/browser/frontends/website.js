// supertokens-website: it keeps sessions, and people sign in by requests of one's own.
import Session from "supertokens-website";
import { showForm } from "./form.js";

const API = "http://127.0.0.1:3000";

Session.init({
  apiDomain: API,
  apiBasePath: "/auth",
  tokenTransferMethod: new URLSearchParams(location.search).get("travels") ?? "cookie",
});

async function post(path, body) {
  const answer = await fetch(`${API}/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

showForm(
  {
    signUp: (body) => post("/signup", body),
    signIn: (body) => post("/signin", body),
    signOut: Session.signOut,
    doesSessionExist: Session.doesSessionExist,
    getUserId: Session.getUserId,
  },
  API,
);
