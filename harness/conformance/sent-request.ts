/** A request as it was sent, kept to be repeated. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Longer bodies are cut: they would fill the screen. */
const MAX_BODY_CHARACTERS = 1_000;

/** The request as a command for a shell. A token is not printed: the command takes it from `$TOKEN`. */
export function toCurl({ method, url, body, headers }: SentRequest): string {
  const words = ['curl -sS -i', ...(method === 'HEAD' ? ['--head'] : method === 'GET' ? [] : ['-X', method])];
  for (const [name, value] of Object.entries(headers)) {
    words.push('-H', name === 'authorization' ? '"authorization: Bearer $TOKEN"' : quote(`${name}: ${value}`));
  }
  words.push(quote(url));
  if (body === undefined) return words.join(' ');
  const cut = body.length > MAX_BODY_CHARACTERS;
  words.push('--data-binary', quote(cut ? `${body.slice(0, MAX_BODY_CHARACTERS)}…` : body));
  return cut ? `${words.join(' ')} # the body has ${body.length} characters` : words.join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
