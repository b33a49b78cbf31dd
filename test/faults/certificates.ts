// Certificates for the proxy, made with nothing but Node: an authority of its own, and from it as many server
// certificates for 127.0.0.1 as a test wants to renew. X.509 v3 in DER, by hand, because node:crypto reads certificates
// and makes none.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface ServerCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM. */
  readonly ca: string;
  issue(): ServerCertificate;
}

const YEAR_MS = 365 * 24 * 3_600_000;

export function createAuthority(name = 'fault proxy'): Authority {
  const { publicKey, privateKey } = newKeys();
  const ca = certificate({
    subject: name,
    issuer: name,
    publicKey,
    signedWith: privateKey,
    isAuthority: true,
  });
  return {
    ca,
    issue() {
      const keys = newKeys();
      const cert = certificate({
        ...{ subject: '127.0.0.1', issuer: name, publicKey: keys.publicKey, signedWith: privateKey },
        isAuthority: false,
      });
      return { cert, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

interface Content {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signedWith: KeyObject;
  readonly isAuthority: boolean;
}

function certificate({ subject, issuer, publicKey, signedWith, isAuthority }: Content): string {
  const algorithm = sequence(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  const now = Date.now();
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(8)),
    algorithm,
    nameOf(issuer),
    sequence(time(now - 60_000), time(now + YEAR_MS)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...(isAuthority ? [basicConstraints()] : [addressOfTheServer()]))),
  );
  const signature = sign('sha256', toBeSigned, signedWith);
  const der = sequence(toBeSigned, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function basicConstraints(): Buffer {
  const isCritical = tagged(0x01, Buffer.from([0xff]));
  return sequence(oid('551d13'), isCritical, tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))));
}

function addressOfTheServer(): Buffer {
  const address = tagged(0x87, Buffer.from([127, 0, 0, 1]));
  return sequence(oid('551d11'), tagged(0x04, sequence(address)));
}

function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(commonName)))));
}

// UTCTime: YYMMDDHHMMSSZ.
function time(ms: number): Buffer {
  const text = new Date(ms)
    .toISOString()
    .replaceAll(/[-:T]|\.\d+/g, '')
    .slice(2);
  return tagged(0x17, Buffer.from(text));
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

// Positive: a first byte of 0x80 and above would make it negative.
function integer(bytes: Buffer): Buffer {
  return tagged(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}
