export default function Home(): null {
  return null
}
