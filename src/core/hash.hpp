#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace foundation::core {

/// 128-bit digest (XXH3) of a byte sequence: identity of jobs, data and answers. Not
/// cryptographic: it protects against accidents, not against forgery.
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Digest&) const = default;
  /// 32 lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;
};

/// 64-bit hash of a text, the same on every machine and in every version of this program.
[[nodiscard]] std::uint64_t hash_text(std::string_view text) noexcept;

/// Incremental digest. Every `add` is framed by its length or width, so that ("ab","c") and
/// ("a","bc") differ. Little-endian machines only, like the journal.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& add(std::string_view text);
  Hasher& add_bytes(std::span<const std::byte> bytes);
  template <class T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T> Hasher& add(T value) {
    return raw(&value, sizeof value);
  }
  [[nodiscard]] Digest digest() const;

 private:
  Hasher& raw(const void* data, std::size_t size);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foundation::core
