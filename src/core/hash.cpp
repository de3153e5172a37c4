#include "core/hash.hpp"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foundation::core {

std::string Digest::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

std::uint64_t hash_text(std::string_view text) noexcept {
  return XXH3_64bits(text.data(), text.size());
}

struct Hasher::State {
  XXH3_state_t xxh;
};

Hasher::Hasher() : state_{std::make_unique<State>()} { XXH3_128bits_reset(&state_->xxh); }
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::raw(const void* data, std::size_t size) {
  XXH3_128bits_update(&state_->xxh, data, size);
  return *this;
}

Hasher& Hasher::add(std::string_view text) {
  add(static_cast<std::uint64_t>(text.size()));
  return raw(text.data(), text.size());
}

Hasher& Hasher::add_bytes(std::span<const std::byte> bytes) {
  add(static_cast<std::uint64_t>(bytes.size()));
  return raw(bytes.data(), bytes.size());
}

Digest Hasher::digest() const {
  const XXH128_hash_t value = XXH3_128bits_digest(&state_->xxh);
  return Digest{.high = value.high64, .low = value.low64};
}

}  // namespace foundation::core
