// What all pages do. Each module looks for the elements that it is about and does
// nothing on pages without them.
import { keepLive } from './live.js';
import { watchPresses } from './press.js';
import { keepTime } from './time.js';
import { filterAsYouType } from './filter.js';
import { filterEvents } from './events.js';
import { followLogs } from './logs.js';
import { sendInPlace } from './actions.js';
import { searchAsYouType } from './search.js';
import { previewAsYouType } from './form.js';

document.documentElement.classList.add('with-modules');
keepTime();
watchPresses();
sendInPlace();
filterAsYouType();
searchAsYouType();
previewAsYouType();
keepLive();
followLogs();
filterEvents();
