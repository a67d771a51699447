import type { AudioContent, ImageContent } from "slipway";

/** One blue pixel. */
export const image: ImageContent = {
  type: "image",
  mimeType: "image/png",
  data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNgcHgAAAFkASEyfrW3AAAAAElFTkSuQmCC",
};

/** Four samples: half a millisecond of a wave. */
export const audio: AudioContent = {
  type: "audio",
  mimeType: "audio/wav",
  data: "UklGRigAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQQAAACA/4AA",
};
