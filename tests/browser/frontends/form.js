// The page of SDKs that bring none: a form, what the SDK says of the session, and a button that asks the API.
const PAGE = `
  <h1>${document.title}</h1>
  <form>
    <label>E-mail address <input name="email" type="email"></label>
    <label>Password <input name="password" type="password"></label>
    <button name="signUp">Sign up</button>
    <button name="signIn">Sign in</button>
  </form>
  <p id="state"></p>
  <button id="ask">Ask the API</button> <button id="leave">Sign out</button>
  <output></output>
`;

export function showForm(sdk, api) {
  const main = document.querySelector("main");
  main.innerHTML = PAGE;
  const output = main.querySelector("output");
  const tell = async () => {
    const isSignedIn = await sdk.doesSessionExist();
    main.querySelector("#state").textContent = isSignedIn ? `Signed in as ${await sdk.getUserId()}` : "Signed out";
  };
  const run = async (action) => {
    output.textContent = "…";
    output.textContent = await action().catch((error) => `${error}`);
    await tell();
  };
  main.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { email, password } = Object.fromEntries(new FormData(event.target));
    const formFields = [
      { id: "email", value: email },
      { id: "password", value: password },
    ];
    run(async () => (await sdk[event.submitter.name]({ formFields })).status);
  });
  main.querySelector("#ask").addEventListener("click", () =>
    run(async () => {
      const answer = await fetch(`${api}/auth/user/email/verify`);
      return `${answer.status} ${await answer.text()}`;
    }),
  );
  main.querySelector("#leave").addEventListener("click", () =>
    run(async () => {
      await sdk.signOut();
      return "bye";
    }),
  );
  tell();
}
