// A switch of others: builds and reads its messages with the npm library iso_8583 and computes keys,
// PIN block, card verification value and MAC with nothing but node's own cipher. It signs on to an
// issuer, asks for a sale and says what it was told.
//
//     echo '{"port": P, "zmk": HEX, "cvk": HEX, "pan": "...", "pin": "1234", ...}' | node client.js
'use strict';
const crypto = require('crypto');
const net = require('net');
const Iso = require('iso_8583');

// The dialect iso87-ascii in the library's terms: everything in characters, bytes as hex.
const formats = {
  1: {ContentType: 'an', Label: 'bitmap', LenType: 'fixed', MaxLen: 32},
  48: {ContentType: 'ans', Label: 'private', LenType: 'lllvar', MaxLen: 999, MinLen: 1},
  52: {ContentType: 'an', Label: 'PIN', LenType: 'fixed', MaxLen: 16},
  53: {ContentType: 'n', Label: 'security', LenType: 'fixed', MaxLen: 16},
  100: {ContentType: 'n', Label: 'receiver', LenType: 'llvar', MaxLen: 11},
  128: {ContentType: 'an', Label: 'MAC', LenType: 'fixed', MaxLen: 16},
};

function des(key, data, isForward = true) {
  const k = Buffer.concat(key.length === 8 ? [key, key, key] : [key, key.subarray(0, 8)]);
  const cipher = (isForward ? crypto.createCipheriv : crypto.createDecipheriv)(
    'des-ede3-ecb', k, null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

function xor(a, b) {
  return Buffer.from(a.map((byte, i) => byte ^ b[i]));
}

// ANSI X9.19: CBC with the first half, the last block with the whole key; zeros behind.
function mac(key, text) {
  const data = Buffer.concat([text, Buffer.alloc((8 - text.length % 8) % 8)]);
  let block = Buffer.alloc(8);
  for (let at = 0; at < data.length; at += 8) {
    const last = at + 8 === data.length;
    block = des(last ? key : key.subarray(0, 8), xor(block, data.subarray(at, at + 8)));
  }
  return block.toString('hex').toUpperCase();
}

function cvv(key, pan, expiry, service) {
  const digits = Buffer.from((pan + expiry + service).padEnd(32, '0'), 'hex');
  const first = des(key.subarray(0, 8), digits.subarray(0, 8));
  const hex = des(key, xor(first, digits.subarray(8))).toString('hex');
  const letters = [...hex].filter(c => c > '9').map(c => parseInt(c, 16) - 10);
  return ([...hex].filter(c => c <= '9').join('') + letters.join('')).slice(0, 3);
}

function pinBlock(key, pin, pan) {
  const field = Buffer.from(('0' + pin.length + pin).padEnd(16, 'F'), 'hex');
  const account = Buffer.from('0000' + pan.slice(-13, -1), 'hex');
  return des(key, xor(field, account)).toString('hex').toUpperCase();
}

function pack(fields) {
  const raw = new Iso(fields, formats).getRawMessage();
  if (raw.error) throw new Error('iso_8583: ' + raw.error);
  return raw;
}

function seal(fields, key) {
  const room = pack({...fields, 128: '0'.repeat(16)});
  const text = room.subarray(0, room.length - 16);
  return Buffer.concat([text, Buffer.from(mac(key, text))]);
}

function unpack(body) {
  const fields = new Iso({}, formats).getIsoJSON(body, {bitmapEncoding: 'utf8', lenHeader: false});
  if (fields.error) throw new Error("iso_8583: " + fields.error + " " + body.toString());
  return fields;
}

function exchange(socket, body) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  socket.write(Buffer.concat([length, body]));
  return new Promise((resolve, reject) => {
    let data = Buffer.alloc(0);
    const take = more => {
      data = Buffer.concat([data, more]);
      if (data.length < 2 || data.length < 2 + data.readUInt16BE(0)) return;
      socket.off('data', take);
      resolve(data.subarray(2));
    };
    socket.on('data', take);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed instead of answered')));
  });
}

const now = () => new Date().toISOString().replace(/\D/g, '').slice(4, 14);

async function signOn(socket, plan) {
  const answer = unpack(await exchange(socket, pack(
    {0: '0800', 7: now(), 11: '000001', 32: plan.acquirer, 70: '001', 100: plan.issuer})));
  const keys = Buffer.from(/K1080([0-9A-F]{80})/.exec(answer[48])[1], 'hex');
  const open = at => {
    const key = des(Buffer.from(plan.zmk, 'hex'), keys.subarray(at, at + 16), false);
    const check = des(key, Buffer.alloc(8)).subarray(0, 4);
    if (!check.equals(keys.subarray(at + 16, at + 20))) throw new Error('check value');
    return key;
  };
  return {answer, zpk: open(0), zak: open(20)};
}

function sale(plan, keys, trace, change) {
  const verification = cvv(Buffer.from(plan.cvk, 'hex'), plan.pan, plan.expiry, plan.service);
  return {
    0: '0200', 2: plan.pan, 3: '000000', 4: '000000012345', 7: now(), 11: trace,
    14: plan.expiry, 22: '021', 25: '00', 26: '12', 32: plan.acquirer,
    35: plan.pan + '=' + plan.expiry + plan.service + '00000' + verification,
    41: 'T9      ', 42: 'M1             ', 48: '01021PT9      000001' + trace, 49: '156',
    52: pinBlock(keys.zpk, change.pin || plan.pin, plan.pan), 53: '2600000000000000',
    100: plan.issuer,
  };
}

async function main(plan) {
  const socket = net.connect(plan.port, '127.0.0.1');
  const on = await signOn(socket, plan);
  const out = {signOn: on.answer, sales: []};
  const tries = [{}, {pin: '9999'}, {isSpoilt: true}];
  for (const [i, change] of tries.entries()) {
    const body = seal(sale(plan, on, String(i + 2).padStart(6, '0'), change), on.zak);
    // Another hex digit, so that the MAC is wrong and the message still well formed.
    if (change.isSpoilt) body[body.length - 1] = body[body.length - 1] === 0x30 ? 0x31 : 0x30;
    const raw = await exchange(socket, body);
    const fields = unpack(raw);
    const isGood = fields[128] === mac(on.zak, raw.subarray(0, raw.length - 16));
    out.sales.push({...fields, isMacGood: isGood});
  }
  socket.removeAllListeners('close');
  socket.destroy();
  console.log(JSON.stringify(out));
}

let input = '';
process.stdin.on('data', more => { input += more; });
process.stdin.on('end', () => main(JSON.parse(input)).catch(error => {
  console.error(error.stack);
  process.exit(1);
}));
