// The live side of the page. Whatever comes from the server is put in as text, never as markup.

const ROWS = 50
const WAIT_MS = 10_000
const at = (id) => document.getElementById(id)

const tasks = at('tasks')
const messages = at('messages')
const rows = new Map()
const subscribers = new Set()
let messagesSeen = 0

// Who got what

const live = new EventSource('/events')
live.addEventListener('open', () => tellLink('live', 'live'))
live.addEventListener('error', () => tellLink('off', 'reconnecting'))
live.addEventListener('sighting', ({ data, lastEventId }) => {
  const sighting = JSON.parse(data)
  if (sighting.kind === 'task') showTask(sighting)
  else if (sighting.kind === 'lost') showLoss(sighting, lastEventId)
  else showMessage(sighting)
})
live.addEventListener('gap', ({ data }) => {
  const { size } = JSON.parse(data)
  at('notice').textContent = `${size ?? 'Some'} sightings did not reach this page.`
})
live.addEventListener('status', ({ data }) => {
  const { storage, queues, group } = JSON.parse(data)
  if (storage === 'up') tellLink('live', 'live')
  else tellLink('away', 'waiting for the storage')
  for (const count of ['waiting', 'running', 'dead']) at(count).textContent = queues?.prodcons?.[count] ?? '–'
  at('lag').textContent = group?.lag ?? '–'
  if (group) at('group').textContent = group.name
})

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

onProduce('prodcons', [`/queues/prodcons/tasks?waitMs=${WAIT_MS}`], (element, { state, result }) => {
  if (state === 'completed') return `${result.worker} got your ${element} and answers ${result.square}.`
  return `Your ${element} is ${state}: no worker has finished it within ${WAIT_MS / 1_000} s.`
})
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
      say(response.ok ? answer(element, body) : `Not done: ${body.message}`, !response.ok)
    } catch {
      say('Not done: this page cannot reach its server.', true)
    }

    function say(text, failed = false) {
      if (press !== latest) return // a newer press has the line
      output.textContent = text
      output.classList.toggle('failed', failed)
    }
  })
}

const post = (url, element) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ payload: element }),
  })
