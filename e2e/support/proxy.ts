import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A slow line to a server. */
export interface SlowLine {
  /** Where pages are: `http://localhost:PORT`. */
  url: string;
  stop: () => Promise<void>;
}

/**
 * A proxy on a free port that passes requests on at once and each answer to a form or for a page only after `delay`
 * milliseconds. What the browser gives up waiting for, the server has done all the same.
 */
export async function slowLine(target: string, delay: number): Promise<SlowLine> {
  const server = new URL(target);
  const pass = (from: IncomingMessage, to: ServerResponse) => {
    const headers = { ...from.headers, host: server.host };
    if (headers.origin) headers.origin = server.origin;
    const slow = from.method === 'POST' || /text\/html/.test(from.headers.accept ?? '');
    const onward = request({ host: '127.0.0.1', port: server.port, method: from.method, path: from.url, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const deliver = () => to.writeHead(answer.statusCode!, answer.headers).end(Buffer.concat(chunks));
        if (slow) setTimeout(deliver, delay);
        else deliver();
      });
    });
    onward.on('error', () => to.destroy());
    from.pipe(onward);
  };
  const proxy = createServer(pass);
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  return {
    url: `http://localhost:${(proxy.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((stopped) => {
        proxy.close(() => stopped());
        proxy.closeAllConnections();
      }),
  };
}
