import { Agent, request as httpsRequest } from 'node:https';

export interface ApiResponse {
  readonly status: number;
  /** The parsed JSON, or the text where it is none. */
  readonly body: unknown;
}

export interface ApiRequestOptions {
  readonly token?: string;
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

/** The harness's own client: independent of the client under test, and small enough to be trusted. */
export interface ApiClient {
  request(method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<ApiResponse>;
  /** As `request`, but anything other than 2xx throws, with the server's message. */
  call(method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<unknown>;
  close(): void;
}

export function apiClient(url: string, ca: string, token: string): ApiClient {
  const agent = new Agent({ keepAlive: true, ca, maxSockets: 64 });

  const request: ApiClient['request'] = (method, path, body, options = {}) =>
    new Promise((resolve, reject) => {
      const headers: Record<string, string> = {
        authorization: `Bearer ${options.token ?? token}`,
        accept: 'application/json',
      };
      const payload = body === undefined ? undefined : JSON.stringify(body);
      if (payload !== undefined) {
        headers['content-type'] = options.contentType ?? 'application/json';
        // Node sends the body of a DELETE without a length, and the server takes it for none.
        headers['content-length'] = String(Buffer.byteLength(payload));
      }
      const sent = httpsRequest(new URL(path, url), { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) });
        });
      });
      sent.setTimeout(options.timeoutMs ?? 30_000, () => {
        sent.destroy(new Error(`${method} ${path}: no answer within ${options.timeoutMs ?? 30_000} ms`));
      });
      sent.on('error', reject);
      sent.end(payload);
    });

  return {
    request,
    async call(method, path, body, options) {
      const answer = await request(method, path, body, options);
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      throw new Error(`${method} ${path}: ${answer.status} ${messageOf(answer.body)}`);
    },
    close: () => {
      agent.destroy();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  return String(body).slice(0, 300);
}
