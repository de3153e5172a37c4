#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error.hpp"

/// Byte codec of the journal: fixed little-endian widths, lengths as u32, every read checked
/// against what is left before anything is allocated. `Encoder` and `Decoder` follow the archive
/// concept of Boost.Serialization (`archive & value`, `is_saving`), so one `serialize` function
/// beside a type serves journals (this codec, safe on hostile bytes) and messages between our own
/// ranks (Boost's binary archives).
namespace foundation::core {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

template <class T>
concept Scalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

class Encoder {
 public:
  using is_saving = std::true_type;
  using is_loading = std::false_type;

  template <class T>
  Encoder& operator&(const T& value) {
    if constexpr (Scalar<T>) {
      raw(&value, sizeof value);
    } else {
      serialize(*this, const_cast<T&>(value), 0U);
    }
    return *this;
  }
  Encoder& operator&(const std::string& text) {
    length(text.size());
    raw(text.data(), text.size());
    return *this;
  }
  template <class T>
  Encoder& operator&(const std::vector<T>& items) {
    length(items.size());
    if constexpr (Scalar<T>) {
      raw(items.data(), items.size() * sizeof(T));
    } else {
      for (const T& item : items) *this << item;
    }
    return *this;
  }
  template <class T>
  Encoder& operator<<(const T& value) {
    return *this & value;
  }

  void raw(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::vector<std::byte> take() noexcept { return std::move(bytes_); }
  void clear() noexcept { bytes_.clear(); }

 private:
  void length(std::size_t size) {
    const auto count = static_cast<std::uint32_t>(size);
    if (count != size) throw Error{ErrorKind::internal, "a record holds more than 2^32 items"};
    raw(&count, sizeof count);
  }
  std::vector<std::byte> bytes_;
};

/// Reads what Encoder wrote. Throws Error{corrupt_data} when the bytes run out or a value is
/// out of range; never allocates more than the bytes at hand justify.
class Decoder {
 public:
  using is_saving = std::false_type;
  using is_loading = std::true_type;

  explicit Decoder(std::span<const std::byte> bytes) noexcept : bytes_{bytes} {}

  template <class T>
  Decoder& operator&(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      std::uint8_t byte = 0;
      *this >> byte;
      if (byte > 1) fail("a truth value is neither 0 nor 1");
      value = byte == 1;
    } else if constexpr (Scalar<T>) {
      std::memcpy(&value, take(sizeof value).data(), sizeof value);
    } else {
      serialize(*this, value, 0U);
    }
    return *this;
  }
  Decoder& operator&(std::string& text) {
    const auto content = take(length(1));
    text.assign(reinterpret_cast<const char*>(content.data()), content.size());
    return *this;
  }
  template <class T>
  Decoder& operator&(std::vector<T>& items) {
    if constexpr (Scalar<T>) {
      const std::size_t count = length(sizeof(T));
      const auto content = take(count * sizeof(T));
      items.resize(count);
      if (count != 0) std::memcpy(items.data(), content.data(), content.size());
    } else {
      const std::size_t count = length(1);  // an item takes at least one byte
      items.clear();
      for (std::size_t i = 0; i < count; ++i) *this >> items.emplace_back();
    }
    return *this;
  }
  template <class T>
  Decoder& operator>>(T& value) {
    return *this & value;
  }

  /// The next `size` bytes, consumed.
  [[nodiscard]] std::span<const std::byte> take(std::size_t size) {
    if (size > bytes_.size()) fail("it ends too early");
    const auto head = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return head;
  }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }
  /// Throws unless everything was read.
  void finish() const {
    if (!bytes_.empty()) fail("it has bytes left over");
  }

 private:
  [[nodiscard]] std::size_t length(std::size_t item_size) {
    std::uint32_t count = 0;
    *this >> count;
    if (count > bytes_.size() / item_size) fail("a length exceeds what is there");
    return count;
  }
  [[noreturn]] static void fail(const char* why) {
    throw Error{ErrorKind::corrupt_data, std::string{"a record cannot be read: "} + why};
  }
  std::span<const std::byte> bytes_;
};

}  // namespace foundation::core
