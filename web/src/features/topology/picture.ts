// SPDX-License-Identifier: Apache-2.0
/* The server's SVG as a PNG: a picture of a blob, drawn onto a canvas. */

/** Browsers give up on larger canvases. */
const maxSide = 16_000
const maxPixels = 120_000_000

/** The size of the drawing, and the scale at which it is still sharp and a canvas can hold it. */
export function pictureSize(svg: string): { width: number; height: number; scale: number } | null {
  const box = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)
  const [width, height] = [Number(box?.[1]), Number(box?.[2])]
  if (!(width > 0 && height > 0)) return null
  const scale = Math.min(2, maxSide / width, maxSide / height, Math.sqrt(maxPixels / (width * height)))
  return { width, height, scale }
}

/** Fixes the size: a picture without one has that of a browser's default. */
export function sized(svg: string, width: number, height: number): string {
  return svg.replace(/width="100%" height="100%"/, `width="${width}" height="${height}"`)
}

export async function pngOf(svg: string): Promise<Blob> {
  const size = pictureSize(svg)
  if (size === null) throw new Error('the SVG has no size')
  const { width, height, scale } = size
  const url = URL.createObjectURL(new Blob([sized(svg, width, height)], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((done, failed) =>
      canvas.toBlob(
        (blob) => (blob === null ? failed(new Error('the picture is too large')) : done(blob)),
        'image/png',
      ),
    )
  } finally {
    URL.revokeObjectURL(url)
  }
}
