// The live side of the page. Whatever comes from the server is put in as text, never as markup.

const ROWS = 50
const WAIT_MS = 10_000
const STILL_MS = 2_000
const ASK_EVERY_MS = 1_000
const ASK_TRIES = 60
const at = (id) => document.getElementById(id)

const tasks = at('tasks')
const messages = at('messages')
const rows = new Map()
const subscribers = new Set()
let messagesSeen = 0

// Who got what

watch()

/** The browser reconnects by itself after a cut, but gives up where it is refused: when all seats are taken, or a proxy answers. */
function watch(lastEventId = '', failures = 0) {
  const live = new EventSource(`/events${lastEventId && `?lastEventId=${encodeURIComponent(lastEventId)}`}`)
  const on = (name, listener) =>
    live.addEventListener(name, (event) => {
      if (event.lastEventId) lastEventId = event.lastEventId
      listener(JSON.parse(event.data), event.lastEventId)
    })
  live.addEventListener('open', () => {
    failures = 0
    tellLink('live', 'live')
  })
  live.addEventListener('error', () => {
    tellLink('off', 'reconnecting')
    if (live.readyState !== EventSource.CLOSED) return
    const pauseMs = Math.min(30_000, 1_000 * 2 ** failures) * (0.5 + Math.random() / 2)
    setTimeout(watch, pauseMs, lastEventId, failures + 1)
  })
  on('sighting', (sighting, id) => {
    if (sighting.kind === 'task') showTask(sighting)
    else if (sighting.kind === 'lost') showLoss(sighting, id)
    else showMessage(sighting)
  })
  on('gap', ({ size }) => {
    at('notice').textContent = `${size ?? 'Some'} sightings did not reach this page.`
  })
  on('status', ({ storage, queues, group }) => {
    if (storage === 'up') tellLink('live', 'live')
    else tellLink('away', 'waiting for the storage')
    for (const count of ['waiting', 'running', 'dead']) at(count).textContent = queues?.prodcons?.[count] ?? '–'
    const flow = sayFlow(queues?.prodcons)
    if (at('flow').textContent !== flow) at('flow').textContent = flow // announced once
    at('lag').textContent = group?.lag ?? '–'
    if (group) at('group').textContent = group.name
  })
}

let timesStill = 0

/** Why nobody gets the tasks that wait, in words; empty while they flow, and where that is not known. */
function sayFlow({ waiting = 0, running = 0, paused = false, oldestWaitMs = 0 } = {}) {
  const isStill = waiting > 0 && running === 0 && oldestWaitMs >= STILL_MS
  // Between two tasks of a busy worker nothing runs either: once is chance.
  timesStill = isStill ? timesStill + 1 : 0
  if (paused) return 'The queue is paused: nobody gets a task.'
  return timesStill > 1 ? 'Nobody takes what waits: is a worker there?' : ''
}

function tellLink(state, text) {
  const link = at('link')
  if (link.dataset.state === state && link.textContent === text) return
  link.dataset.state = state
  link.textContent = text
}

function showTask({ id, attempt, result: { element, square, worker, tookMs } }) {
  const key = `task ${id} ${attempt}`
  if (rows.has(key)) return
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  addRow(tasks, key, [
    token(element),
    part('result', `→ ${square}`),
    part('worker', worker),
    part('aside', `${tookMs} ms${again}`),
  ])
}

function showMessage({ epoch, n, element, subscriber, group, member }) {
  const key = `${modeOf(group)} ${epoch} ${n}`
  let row = rows.get(key)
  if (!row) {
    row = addRow(messages, key, [token(element), mode(group), part('aside', `message ${n}`)])
    if (!group) at('messages-seen').textContent = `${++messagesSeen}`
  }
  const names = [...row.querySelectorAll('.worker')].map((chip) => chip.textContent)
  const name = group ? member : subscriber
  if (!names.includes(name)) row.lastElementChild.before(part('worker', name))
  if (!group) subscribers.add(name)
  at('subscribers-seen').textContent = `${subscribers.size}`
}

function showLoss({ size, by, group }, id) {
  const key = `lost ${id}`
  if (rows.has(key)) return
  addRow(messages, key, [part('lost', `lost ${size ?? 'some'}`), mode(group), part('worker', by)])
}

const modeOf = (group) => (group ? `group ${group}` : 'now')
const mode = (group) => part(group ? 'mode kept' : 'mode', modeOf(group))

function addRow(list, key, parts) {
  const row = document.createElement('li')
  row.append(...parts)
  row.dataset.key = key
  list.prepend(row)
  rows.set(key, row)
  while (list.childElementCount > ROWS) {
    rows.delete(list.lastElementChild.dataset.key)
    list.lastElementChild.remove()
  }
  return row
}

function token(element) {
  const span = part('element', element)
  span.style.setProperty('--hue', `${Number(element) * 36}`)
  return span
}

function part(className, text) {
  const span = document.createElement('span')
  span.className = className
  span.textContent = `${text}`
  return span
}

// The links, without leaving the page

const answerOf = (element, { state, result }) => {
  if (state === 'completed') return `${result.worker} got your ${element} and answers ${result.square}.`
  return `Your ${element} is ${state}: no worker has finished it within ${WAIT_MS / 1_000} s.`
}
onProduce('prodcons', [`/queues/prodcons/tasks?waitMs=${WAIT_MS}`], answerOf)
const channels = ['/channels/pubsub/messages', '/channels/pubsub-log/messages']
onProduce('pubsub', channels, (element) => `Your ${element} is published.`)

function onProduce(id, urls, answer) {
  const output = at(`${id}-answer`)
  let latest = 0
  at(id).addEventListener('click', async (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    const press = ++latest
    const element = Math.floor(Math.random() * 10)
    say(`Your ${element} is on its way …`)
    try {
      const responses = await Promise.all(urls.map((url) => post(url, element)))
      const response = responses.find(({ ok }) => !ok) ?? responses[0]
      const body = await response.json()
      if (response.ok) return say(answer(element, body))
      if (body.code !== 'unknown') return say(`Not done: ${body.message}`, true)
      say(`Unknown: the storage did not answer, so your ${element} may have been taken.`, true)
      const location = response.headers.get('location')
      if (location) say(...(await ask(location, element, () => press === latest)))
    } catch {
      say('Unknown: the server did not answer.', true)
    }

    function say(text, failed = false) {
      if (press !== latest) return // a newer press has the line
      output.textContent = text
      output.classList.toggle('failed', failed)
    }
  })
}

/** What became of a task whose enqueueing nobody knows of, once the storage answers. */
async function ask(location, element, isWanted) {
  for (let tries = 0; tries < ASK_TRIES && isWanted(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
    const response = await fetch(location).catch(() => undefined)
    if (response?.status === 404) return [`Your ${element} was not taken, as far as the storage knows.`, true]
    if (!response?.ok) continue
    const task = await response.json()
    if (!['waiting', 'delayed', 'running'].includes(task.state)) return [answerOf(element, task), false]
  }
  return [`Unknown: the storage did not say what became of your ${element}.`, true]
}

const post = (url, element) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ payload: element }),
  })
