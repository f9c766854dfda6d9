/*
 * What a mockup of the window shows and its picture does not, and why. "Later" names the part of the product that brings it;
 * an element without a reason here is a defect of the window.
 */
const everywhere = [
  'Sidebar: help book and bell. There is no help to open and there are no alerts yet (later: alerts); keys and settings are in their place.',
  'Sidebar: window buttons. They are the system’s own; the name of the program stands there.',
];
const appTabs = 'Tabs Metrics, Domains and the domain in the header: later, with metrics and domains. The address is the server’s, with the app’s port.';

export const absent: Record<string, readonly string[]> = {
  '': everywhere,
  'a-first-start': [
    '"with sudo", and the line of a host without a shell: neither is known before signing in. Entries of ~/.ssh/config that are no servers (git hosts) are left out.',
    '"Password, once, to install a key": nothing on a server changes before a plan. A password is asked for where a server wants one.',
    'Cancel: the first server has nothing to go back to; it is there from the second on.',
  ],
  'a-fingerprint': ['The server in the sidebar: it is remembered when it let us in, not before.'],
  'b-host': [
    '"23 ms away": not measured.',
    'Tabs Services, Firewall, Updates and Backups, and the acts in the check-up: later, with host care and backups. The check-up says what it found and what to do.',
    'Exact changes of the plan, and sizes beside its lines: later, with the plan of an import. Each line names its files.',
    'Apps found running, Adopt: later, with import.',
  ],
  'c-apps': [
    'Kind, requests and median: later, with kinds of app and metrics.',
    'Asleep and warning: later, with sleeping apps and certificates. The filters are the states there are.',
    'Adopt: later, with import.',
    '"Deploy the sample" where there is no app yet: later, with import; npm run demo deploys one.',
    'The "more" menu of a row: all acts of an app are on its page and in the palette.',
  ],
  'd-app': [
    appTabs,
    'Requests, answer time, errors, and requests that failed in the sentence: later, with metrics. Processor and memory of the app stand there.',
    'Facts about workers, check, limits, variables and certificate: later, with the features that set them.',
  ],
  'e-deploy-running': [
    appTabs,
    'Commit in the sentence: known when the release is made.',
    'Steps Before, Watch and After: hooks come later; the watch window is told at the app, after the end.',
  ],
  'e-deploy-failed': [appTabs, 'A shell in the failed release: it is taken away at once. That .env has the value: the page has only its names.'],
  'f-import': [
    'Domain, and memory of the server: a domain is added when the app answers.',
    'A database made with the app, its row, and "Exact changes": later. What it uses is named, and its address is a variable.',
    'Check: the page that is asked for is a setting of the app.',
    'Switches for secrets: what looks like one is one; the page of the variables says otherwise.',
  ],
  'g-logs': [
    appTabs,
    'The histogram of lines: later, with metrics and history.',
    'How many requests failed in the switch: nobody counts that.',
    'Several sources in one choice: one, all of the app, or all with the requests.',
  ],
  'h-terminal': ['Snippets, port forwarding and files beside it: later, with the manager of forwards and the file browser.'],
  'i-environment': [
    appTabs,
    'The number of the next version: the server gives it, and one that was taken back is not used again. The changes are counted instead.',
    'Where the code still reads a removed name, what a value costs in memory, references like ${DOMAIN}: later, with import and templates.',
    'The menu of a row: its two acts stand there.',
  ],
  'k-deployments': [
    appTabs,
    'Lines added and removed in each file, the difference of packages, "Open diff": the server keeps files by what is in them and not their changes; requirements.txt is listed where it changed.',
    '"5 releases kept, 61 MB": later, with pruning.',
  ],
  'l-palette': ['Lines of logs and help among the results: later. A release to roll back to is chosen in the list of deployments.'],
  'm-settings': [
    'Sections, and finding a setting: there is one page of settings so far.',
    'Density, times, reduce motion: the system’s own wish for less motion is followed; the others wait until somebody needs them.',
    'Keep in the tray, lock: later. A deploy goes on at its server either way.',
  ],
  'm-states': ['Disk banner and "what I checked": later, with host care. Waiting behind another laptop’s deploy: the failure says who deploys, and since when.'],
};
