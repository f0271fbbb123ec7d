#!/usr/bin/env node
// A chat client for Parley: joins a channel, prints what is said there, sends what is typed.
//
// When its gateway goes away it resumes on the next one and repeats what was not acked, so that nothing is lost or
// shown twice. It ends with its input, once everything is stored.
'use strict';

const { randomUUID } = require('node:crypto');
const { EventEmitter, once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');
const { parseArgs } = require('node:util');

const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const UNACKED_MAX = 100;
const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 10_000;
const RECOVERY_COMPLETE = 1; // What is beyond says why it is not.
// A connection that died without a word is noticed within 40 s.
const CHANNEL_OPTIONS = { 'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000 };

const { values: flags } = parseArgs({
  options: {
    addresses: { type: 'string', default: '127.0.0.1:50051' },
    user: { type: 'string' },
    channel: { type: 'string', default: 'general' },
  },
});
const protos = protoLoader.loadSync('parley/v1/chat.proto', {
  includeDirs: [path.join(__dirname, '../../proto')],
  oneofs: true,
  defaults: true,
});
const { Chat } = grpc.loadPackageDefinition(protos).parley.v1;

const positions = {}; // The last one given of each channel: where we resume.
const unacked = new Map(); // Publishes by id, in the order of typing.
const settlements = new EventEmitter();
let backoff = BACKOFF_MIN_MS; // Grows until a stream works.
let joined; // The stream, while we are in the channel.

async function run(addresses) {
  for (let next = Math.floor(Math.random() * addresses.length); ; next++) {
    const address = addresses[next % addresses.length];
    const error = await talk(address).catch((lost) => lost);
    const delay = Math.random() * backoff;
    backoff = Math.min(2 * backoff, BACKOFF_MAX_MS);
    const why = error.details ?? error.message;
    console.log(`* lost ${address} (${why}), trying the next in ${(delay / 1000).toFixed(1)} s`);
    await sleep(delay);
  }
}

// One stream; throws why another one is needed.
async function talk(address) {
  const client = new Chat(address, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
  const stream = client.connect();
  stream.on('error', () => {}); // The loop below throws it.
  try {
    stream.write({ hello: { user: flags.user, personalAfter: positions[`@${flags.user}`] } });
    stream.write({ join: { channel: flags.channel, after: positions[flags.channel] } });
    for await (const { events } of stream) {
      for (const event of events) await take(event.event, event[event.event], stream);
    }
    throw new Error('it ended the stream');
  } finally {
    joined = undefined;
    stream.cancel();
    client.close();
  }
}

async function take(kind, told, stream) {
  if (kind === 'message') {
    if (told.previous > positions[told.channel]) throw new Error('it left out a message');
    console.log(`${told.channel === flags.channel ? '' : '(direct) '}${told.sender}: ${told.content}`);
  } else if (kind === 'joined') {
    if (told.recovery > RECOVERY_COMPLETE) console.log(`* messages are missing: reason ${told.recovery}`);
    if (told.channel === flags.channel) {
      joined = stream;
      unacked.forEach(send);
    }
  } else if (kind === 'discontinuity') {
    console.log('* messages are missing: this log does not have them any more');
  } else if (kind === 'ack') {
    settle(told.id);
  } else if (kind === 'error') {
    takeError(told);
  } else if (kind === 'drain') {
    const { reconnectAfterMinMs: least, reconnectAfterMaxMs: most } = told;
    await sleep(least + Math.random() * (most - least));
    throw new Error('it is about to stop');
  }
  if (['message', 'joined', 'checkpoint', 'discontinuity'].includes(kind)) positions[told.channel] = told.position;
  if (['message', 'checkpoint', 'ack'].includes(kind)) backoff = BACKOFF_MIN_MS;
}

function takeError({ code, id, message }) {
  if (code < 300) throw new Error(message); // It may work later, or elsewhere.
  if (!unacked.has(id)) {
    console.error(message);
    process.exit(1);
  }
  console.log(`* not sent: ${message}`);
  settle(id);
}

function send(publish) {
  joined?.write({ publish: { ...publish } }); // As it is now: what is written may wait.
  publish.retry ||= joined !== undefined; // It may be stored from now on: whoever sends it again repeats it.
}

function settle(id) {
  unacked.delete(id);
  settlements.emit('settled');
}

async function readStdin() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const publish = { channel: flags.channel, id: randomUUID(), content: line };
    unacked.set(publish.id, publish);
    send(publish);
    while (unacked.size >= UNACKED_MAX) await once(settlements, 'settled');
  }
  while (unacked.size > 0) await once(settlements, 'settled');
  process.exit(0);
}

readStdin();
run(flags.addresses.split(','));
