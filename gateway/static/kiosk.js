// Sounds what the screen beside a reader says: high for taken, low for not. Never a name.
"use strict";
(() => {
  // A desk has a part of that name too, and no button: it stays silent.
  const screen = () => document.getElementById("tap");
  const button = document.getElementById("sound");
  if (!screen() || !button) return;

  // Hertz, start and length in seconds.
  const tones = {
    accepted: [[880, 0, .14], [1175, .15, .22]],
    again: [[660, 0, .12], [660, .22, .12]],
    refused: [[294, 0, .55]],
  };
  const audio = new AudioContext();
  const offer = () => { button.hidden = audio.state === "running"; };
  button.addEventListener("click", () => audio.resume().then(offer));
  audio.addEventListener("statechange", offer);
  offer();

  const play = (tune) => {
    for (const [pitch, start, length] of tune) {
      const voice = audio.createOscillator();
      const volume = audio.createGain();
      const at = audio.currentTime + start;
      voice.frequency.value = pitch;
      volume.gain.setValueAtTime(.5, at);
      volume.gain.exponentialRampToValueAtTime(.001, at + length);
      voice.connect(volume).connect(audio.destination);
      voice.start(at);
      voice.stop(at + length);
    }
  };

  let sounded = screen().dataset.tap;
  new MutationObserver(() => {
    const { tap, sound } = screen()?.dataset ?? {};
    if (!tap || tap === sounded) return;
    sounded = tap;
    if (tones[sound]) play(tones[sound]);
  }).observe(document.getElementById("main"), { childList: true, subtree: true, attributes: true });
})();
