// Goal: what the page must know of its server before anyone logs in.

export interface ServerConfig {
  /** Anyone may log in as anyone. */
  readonly developmentMode: boolean;
}

/** @throws TypeError or Error when the server does not answer. */
export async function loadServerConfig(): Promise<ServerConfig> {
  const answer = await fetch('/v1/config');
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const body: unknown = await answer.json();
  return { developmentMode: typeof body === 'object' && body !== null && 'development' in body && body.development === true };
}
