#include "programs/detail/text_features.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "core/contracts.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

/// FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923): one multiplication a byte, so that the hash of a
/// longer n-gram continues that of a shorter one.
constexpr std::uint64_t fnv_start = 0xCBF29CE484222325U;

constexpr std::uint64_t fnv(std::uint64_t hash, char byte) noexcept {
  return (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
}

/// Finaliser of MurmurHash3: spreads the bits, since FNV's low ones are weak.
constexpr std::uint64_t mixed(std::uint64_t hash) noexcept {
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDU;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53U;
  return hash ^ (hash >> 33);
}

std::vector<std::uint64_t> word_hashes(std::string_view text) {
  std::vector<std::uint64_t> words;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word_byte(text[i])) {
      ++i;
      continue;
    }
    std::uint64_t hash = fnv_start;
    for (; i < text.size() && is_word_byte(text[i]); ++i) hash = fnv(hash, lower(text[i]));
    words.push_back(hash);
  }
  return words;
}

std::vector<std::uint64_t> word_features(std::string_view text, const FeatureOptions& options) {
  const std::vector<std::uint64_t> words = word_hashes(text);
  std::vector<std::uint64_t> features;
  features.reserve(words.size() * (options.longest - options.shortest + 1));
  for (std::size_t begin = 0; begin < words.size(); ++begin) {
    std::uint64_t hash = 0;
    const std::size_t most = std::min<std::size_t>(options.longest, words.size() - begin);
    for (std::size_t length = 1; length <= most; ++length) {
      hash = mixed(hash + words[begin + length - 1]);
      if (length >= options.shortest) features.push_back(hash);
    }
  }
  return features;
}

/// " words in small letters with single spaces ".
std::string normalised(std::string_view text) {
  std::string result{" "};
  result.reserve(text.size() + 2);
  for (const char byte : text) {
    if (is_word_byte(byte)) {
      result.push_back(lower(byte));
    } else if (result.back() != ' ') {
      result.push_back(' ');
    }
  }
  if (result.back() != ' ') result.push_back(' ');
  return result;
}

std::vector<std::uint64_t> character_features(std::string_view text,
                                              const FeatureOptions& options) {
  const std::string characters = normalised(text);
  std::vector<std::uint64_t> features;
  features.reserve(characters.size() * (options.longest - options.shortest + 1));
  for (std::size_t begin = 0; begin < characters.size(); ++begin) {
    if (!starts_character(characters[begin])) continue;
    std::uint64_t hash = fnv_start;
    std::size_t at = begin;
    for (std::uint32_t length = 1; length <= options.longest && at < characters.size(); ++length) {
      do {
        hash = fnv(hash, characters[at++]);
      } while (at < characters.size() && !starts_character(characters[at]));
      if (length >= options.shortest) features.push_back(mixed(hash));
    }
  }
  return features;
}

}  // namespace

std::vector<std::uint64_t> features_of(std::string_view text, const FeatureOptions& options) {
  EXPECTS(options.shortest >= 1 && options.shortest <= options.longest);
  return options.kind == FeatureOptions::Kind::word ? word_features(text, options)
                                                    : character_features(text, options);
}

FeatureIndex::FeatureIndex(std::size_t expected)
    : slots_(std::bit_ceil(std::max<std::size_t>(16, expected + expected / 2))) {}

std::size_t FeatureIndex::slot_of(std::uint64_t feature) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = feature & mask;
  while (slots_[slot].number != none && slots_[slot].feature != feature) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t FeatureIndex::add(std::uint64_t feature) {
  Slot& slot = slots_[slot_of(feature)];
  if (slot.number == none) {
    ASSERT(size_ + 1 < slots_.size());
    slot = {.feature = feature, .number = size_++};
  }
  return slot.number;
}

std::uint32_t FeatureIndex::find(std::uint64_t feature) const noexcept {
  return slots_[slot_of(feature)].number;
}

}  // namespace foundation::programs::detail
