// The package xmlrpc of npm.
'use strict';
const serve = require('./serve');
const xmlrpc = require('xmlrpc');

const url = new URL(process.argv[2]);
const client = xmlrpc.createClient({
  host: url.hostname, port: url.port, path: url.pathname, basic_auth: { user: url.username, pass: url.password },
});
serve((method, params, done) => client.methodCall(method, params, done));
