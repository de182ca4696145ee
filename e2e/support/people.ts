import type { Person } from './server';

const PASSWORD = 'correct horse battery';

/**
 * Who exists in tenant `demo`. Each journey takes members of its own, so that no journey sees another's
 * factors: `person('enrol')` is the member who enrols.
 */
const MEMBERS = ['maria', 'enrol', 'codes', 'wrong', 'reuse', 'lost', 'renew', 'leave', 'reset', 'sessions', 'bystander', 'pages', 'keys', 'passkey', 'prompt', 'touch', 'confirm', 'plain', 'keypages', 'console', 'back', 'bare', 'thrown', 'halved', 'standin', 'refused',
  'slow0', 'slow50', 'slow300', 'slow900', 'hasty', 'lostline'];

export const people: Person[] = MEMBERS.map((username, index) => ({
  username,
  email: `${username}@demo.example`,
  password: PASSWORD,
  role: index === 0 ? 'owner' : username === 'console' ? 'admin' : 'member',
}));

export function person(username: string): Person {
  const found = people.find((each) => each.username === username);
  if (!found) throw new Error(`nobody is called ${username}`);
  return found;
}
