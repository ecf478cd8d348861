"""Letters and signs in their many forms: full width, mathematical alphabets, Greek in letters or in words.

Each text keeps its length, so that columns stay what the learner sees.
"""

from __future__ import annotations

import re
import unicodedata

_RAISED = {
    "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⁻": "-",
    "⁺": "+", "⁽": "(", "⁾": ")", "ⁿ": "n", "ⁱ": "i", "ˣ": "x", "ʸ": "y", "ᵏ": "k", "ᵐ": "m", "ᵗ": "t", "ᵃ": "a",
    "ᵇ": "b", "ᶜ": "c",
}  # fmt: skip
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789aehijklmnoprstuvx", strict=True))
RAISED = "".join(_RAISED)
"""Superscripts, for use between the brackets of a regular expression."""
LOWERED = "".join(_LOWERED)
"""Subscripts, likewise."""
FRACTIONS = "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_KEPT = frozenset(RAISED + LOWERED + FRACTIONS + "𝟙𝟏…")
_SIGNS = str.maketrans({
    "∣": "|", "│": "|", "ǀ": "|", "—": "-", "‐": "-", "‑": "-", "‒": "-", "•": "·", "∗": "*", "✕": "×", "❨": "(",
    "❩": ")", "❪": "(", "❫": ")", "⟮": "(", "⟯": ")", "⁄": "/", "’": "'", "′": "'", "“": '"', "”": '"', "\u2061": " ",
    "\u2062": "*", "\u200b": " ", "\u2060": " ", "\ufeff": " ", "\u00b5": "μ", "ϵ": "ε", "ϕ": "φ", "ϑ": "θ",
})  # fmt: skip
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
"""pi is a number; the small letters that Latin letters can't be told from are left out."""
_WORDS = {letter: word for word, letter in GREEK.items()}
_GREEK_WORD = re.compile(rf"(?<![^\W\d_])({'|'.join(sorted(GREEK, key=len, reverse=True))})(?![^\W\d_])")
_SUBSCRIPTS = re.compile(f"([^\\W_])([{LOWERED}]+)")
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}
ACCENTS = "".join(_ACCENTS)
"""Those that a letter may have behind it: θ̂ has no letter of its own."""
_ACCENT = re.compile(f"[{ACCENTS}]")
_TO_PLAIN = str.maketrans(_RAISED | _LOWERED)


def plain_forms(text: str) -> str:
    """`text` with one form for each letter, digit and bracket: `𝑥` and `ｘ` are x, an en dash stays."""
    if text.isascii():
        return text
    return "".join(map(_plain, text.translate(_SIGNS)))


def _plain(character: str) -> str:
    if character.isascii() or character in _KEPT:
        return character
    if unicodedata.decomposition(character).startswith(("<super>", "<sub>")):
        return character
    normal = unicodedata.normalize("NFKC", character)
    return normal if len(normal) == 1 else character


def raised(text: str) -> str:
    """Superscripts as plain text."""
    return text.translate(_TO_PLAIN)


def spelled(word: str) -> str:
    """A name in plain characters: `w₁` as w_1, `x_{i}` as x_i, `ŷ` as y_hat."""
    if "{" not in word and word.isascii():
        return re.sub(r"\s", "", word)
    parted = unicodedata.normalize("NFD", word)
    word = unicodedata.normalize("NFC", _ACCENT.sub(lambda found: f"_{_ACCENTS[found[0]]}", parted))
    return re.sub(r"[\s{}]", "", _SUBSCRIPTS.sub(r"\1_\2", word).translate(_TO_PLAIN))


def lettered(name: str) -> str:
    """Greek words in a name as letters: theta_1 as θ_1."""
    return _GREEK_WORD.sub(lambda found: GREEK[found[1]], name)


def worded(name: str) -> str:
    """Greek letters in a name as words: θ_1 as theta_1."""
    return name if name.isascii() else "".join(_WORDS.get(letter, letter) for letter in name)
