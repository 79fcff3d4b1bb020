// Who looks at the board, and at which workstation.

const FINGERPRINTS = "baton.fingerprints";

/** What the board's workstations begin with, so that they are told from those that parts are edited at. */
const PREFIX = "board:";

/** How many people may share a browser. */
const FINGERPRINTS_MAX = 20;

/** What the API says and lets do: asked of itself, as a token may be one of three kinds, and may say nothing. */
export async function identify(api, token) {
  const workstation = await registerBrowser(api);
  await api.put(`api/workstations/${workstation.id}/subscriptions/${encodeURIComponent("*")}`);
  const isAdmin = await allowed(api.get("api/workstations?all=true&limit=1"));
  const isEditor = isAdmin || (await allowed(api.get("api/handoff-requests?limit=1")));
  const role = isAdmin ? "admin" : isEditor ? "editor" : "viewer";
  const config = isAdmin ? await api.get("api/config") : {};
  return {
    user: workstation.user,
    workstationId: workstation.id,
    role,
    isAdmin,
    isEditor,
    gateRoles: new Set([...furtherRoles(token), "viewer", isEditor && "editor", isAdmin && "admin"]),
    maySelfSign: config.approval_allow_self_sign === true,
  };
}

/** Whether a workstation is a browser that shows the board. */
export function isBoard(workstation) {
  return workstation.fingerprint.startsWith(PREFIX);
}

async function allowed(answer) {
  try {
    await answer;
    return true;
  } catch (problem) {
    if (problem.status === 403) return false;
    throw problem;
  }
}

/** A browser is one workstation for each of its users, in all tabs and for all time. */
async function registerBrowser(api) {
  const known = rememberedFingerprints();
  for (const fingerprint of known) {
    const workstation = await register(api, fingerprint);
    if (workstation !== null) return workstation;
  }
  // Random, not drawn from the browser: it says nothing of it. (`randomUUID` isn't there without TLS.)
  const random = crypto.getRandomValues(new Uint32Array(4));
  const fingerprint = PREFIX + Array.from(random, (word) => word.toString(16).padStart(8, "0")).join("");
  const workstation = await register(api, fingerprint);
  remember([fingerprint, ...known].slice(0, FINGERPRINTS_MAX));
  return workstation;
}

/** The workstation; null if the fingerprint is somebody else's, who has used this browser before. */
async function register(api, fingerprint) {
  try {
    return await api.post("api/workstations", { name: `Board in ${browserName()}`, fingerprint });
  } catch (problem) {
    if (problem.code === "fingerprint_taken") return null;
    throw problem;
  }
}

function browserName() {
  const names = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
  return names.find(([mark]) => navigator.userAgent.includes(mark))?.[1] ?? "a browser";
}

// Where a browser keeps nothing for a page, it is a new workstation each time.

function rememberedFingerprints() {
  try {
    const known = JSON.parse(localStorage.getItem(FINGERPRINTS) ?? "[]");
    return Array.isArray(known) ? known.filter((entry) => typeof entry === "string") : [];
  } catch {
    return [];
  }
}

function remember(fingerprints) {
  try {
    localStorage.setItem(FINGERPRINTS, JSON.stringify(fingerprints));
  } catch {
    // See above.
  }
}

/** Roles that only the gates of workflows look at, where a token names them. What it says isn't checked here: the API does. */
function furtherRoles(token) {
  try {
    const [, payload] = token.split(".");
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const { roles, groups } = JSON.parse(new TextDecoder().decode(bytes));
    return [roles, groups].flat().filter((role) => typeof role === "string");
  } catch {
    return [];
  }
}
