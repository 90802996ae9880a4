// The package supervisord of npm, whose functions have the names of the methods.
'use strict';
const serve = require('./serve');
const client = require('supervisord').connect(process.argv[2]);

serve((method, params, done) => {
  const name = method.split('.').pop();
  if (!client[name]) return done(new Error(`there is no function ${name}`));
  client[name](...params, done);
});
