import type { LocalImage } from './types.ts';

/** An image reference without its tag and digest. */
export function imageName(reference: string): string {
  const [withoutDigest = ''] = reference.split('@');
  const lastSlash = withoutDigest.lastIndexOf('/'); // a colon before it belongs to a registry's port
  const colon = withoutDigest.indexOf(':', lastSlash + 1);
  return colon < 0 ? withoutDigest : withoutDigest.slice(0, colon);
}

/** The commands that stand for container images, by image name. */
export class ImageTable {
  readonly #images: Map<string, LocalImage>;

  constructor(images: Record<string, LocalImage>) {
    this.#images = new Map(Object.entries(images));
  }

  find(reference: string): LocalImage | undefined {
    return this.#images.get(imageName(reference));
  }

  add(name: string, image: LocalImage): void {
    this.#images.set(imageName(name), image);
  }

  remove(name: string): void {
    this.#images.delete(imageName(name));
  }
}
