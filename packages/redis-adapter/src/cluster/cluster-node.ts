import type { Link } from '../link.ts'
import type { ReplicatedServer, Replicas } from '../replicas.ts'
import type { TopicLink } from '../topic-link.ts'
import type { NodeAddress } from './node-address.ts'

/** The connection for sharded topics. */
export interface TopicsThere {
  readonly link: Link
  readonly topics: TopicLink
}

/** The connection that waits for its replicas. */
export interface ReplicasThere {
  readonly link: Link
  readonly replicas: Replicas
}

export interface ClusterNodeParts {
  readonly address: NodeAddress
  readonly openCommand: (node: ClusterNode) => Link
  /** `onMoved`: a slot of theirs has left this node. */
  readonly openTopics: (onMoved: () => void) => TopicsThere
  /** Undefined without `durability`. */
  readonly openReplicas: (() => ReplicasThere) | undefined
  /** The others have to be asked where it is now. */
  readonly onMoved: () => void
}

/** The connections to one master of a cluster. */
export class ClusterNode implements ReplicatedServer {
  readonly address: NodeAddress
  readonly command: Link
  /** Of the server that answers now. */
  runId = ''
  readonly #parts: ClusterNodeParts
  #there: TopicsThere | undefined
  #replicas: ReplicasThere | undefined
  #hasMoved = false

  constructor(parts: ClusterNodeParts) {
    this.address = parts.address
    this.#parts = parts
    this.command = parts.openCommand(this)
  }

  /** The sharded topics whose slots it has. Opens a connection for them when it is first asked. */
  get topics(): TopicLink {
    this.#there ??= this.#parts.openTopics(() => {
      this.#hasMoved = true
      this.#parts.onMoved()
    })
    return this.#there.topics
  }

  /** Opens a connection for it when it is first asked. */
  get replicas(): Replicas | undefined {
    this.#replicas ??= this.#parts.openReplicas?.()
    return this.#replicas?.replicas
  }

  get links(): readonly Link[] {
    return [this.command, ...[this.#there, this.#replicas].flatMap((each) => (each ? [each.link] : []))]
  }

  /** Whether a slot has left it since it was asked last: what is still listened to here has to be subscribed again. */
  takeMoved(): boolean {
    const hasMoved = this.#hasMoved
    this.#hasMoved = false
    return hasMoved
  }

  async close(): Promise<void> {
    await Promise.all(this.links.map((link) => link.close()))
  }
}
