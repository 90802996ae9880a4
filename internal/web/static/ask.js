// ask is fetch for everything that this page asks its server. Whose session is over
// is sent to the login page.
export async function ask(address, options) {
  const answer = await fetch(address, options);
  if (answer.status === 401) location.reload();
  return answer;
}
