import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';

/** Go dials connections that it never uses: they are not idle to Node, so we know them ourselves. */
export function openConnections(server: Server) {
  const raw = new Set<Duplex>();
  const unused = new Set<Duplex>();
  let isEnding = false;
  const keepIn = (set: Set<Duplex>, socket: Duplex): void => {
    set.add(socket);
    socket.once('close', () => set.delete(socket));
  };
  server.on('connection', (socket) => keepIn(raw, socket));
  server.on('secureConnection', (socket) => {
    if (isEnding) socket.destroy();
    else keepIn(unused, socket);
  });
  return {
    used: (socket: Duplex): void => void unused.delete(socket),
    /** Closes what is unused, now or when its handshake is done. */
    closeUnused(): void {
      isEnding = true;
      unused.forEach((socket) => socket.destroy());
    },
    destroyAll: (): void => raw.forEach((socket) => socket.destroy()),
  };
}
