// Starts the app. Everything here has to happen before WebAssembly runs, or where it never does.

const PATIENCE_MILLIS = 10_000;

// Leptos builds static parts of its views through the innerHTML of a template. This policy lets
// that happen, for markup that can do nothing: no scripts, no frames, no event handlers.
const DANGEROUS =
  /<\s*\/?\s*(script|i?frame|frameset|object|embed|base|meta|link|style|form[^>]*\saction)\b|[\s"'/]on[a-z]+\s*=|javascript:|srcdoc/i;

if (globalThis.trustedTypes) {
  trustedTypes.createPolicy("default", {
    createHTML: (markup) => (DANGEROUS.test(markup) ? null : markup),
  });
}

// A page that the browser kept and shows again may hold a secret that was left behind.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

const showFailure = () => {
  const message = document.getElementById("shell-failed");
  // The app removes its shell with its first view; then there is nothing to say.
  if (message) {
    const isOld = !globalThis.WebAssembly;
    document.getElementById("shell-old").hidden = !isOld;
    document.getElementById("shell-slow").hidden = isOld;
    document.getElementById("shell-skeleton").hidden = true;
    message.hidden = false;
  }
};

document.getElementById("shell-reload").addEventListener("click", () => location.reload());
setTimeout(showFailure, PATIENCE_MILLIS);

// What the app asks first is asked while its own code is still on the way. It says so where no answer came.
const TIMEOUT_MILLIS = 20_000;
const ask = (path) => fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MILLIS) }).catch(() => null);

try {
  const answers = new Map(["/v1/environment", "/v1/client"].map((path) => [path, ask(path)]));
  globalThis.takeFirstAnswer = async (path) => {
    const answer = answers.get(path);
    answers.delete(path);
    return answer;
  };
  const glue = document.querySelector("link[rel=modulepreload]");
  const wasm = document.querySelector("link[rel=preload][as=fetch]");
  const { default: start } = await import(glue.href);
  await start({ module_or_path: fetch(wasm.href) });
} catch {
  showFailure();
}
