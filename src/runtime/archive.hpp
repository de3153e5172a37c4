#pragma once

#include <cstddef>
#include <span>
#include <streambuf>
#include <string>
#include <utility>
#include <vector>

#include <boost/archive/basic_binary_iarchive.hpp>
#include <boost/archive/binary_iarchive_impl.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/archive/impl/archive_serializer_map.ipp>
#include <boost/archive/impl/basic_binary_iarchive.ipp>
#include <boost/archive/impl/basic_binary_iprimitive.ipp>
#include <boost/serialization/array.hpp>
#include <boost/serialization/array_optimization.hpp>
#include <boost/serialization/collection_size_type.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include "core/error.hpp"

/// Boost.Serialization archives in memory, for messages between ranks of one run. Heavy header:
/// include it in sources only.
namespace foundation::runtime {

namespace detail {

class AppendingBuffer final : public std::streambuf {
 public:
  explicit AppendingBuffer(std::vector<std::byte>& bytes) : bytes_{bytes} {}

 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    const auto* first = reinterpret_cast<const std::byte*>(text);
    bytes_.insert(bytes_.end(), first, first + count);
    return count;
  }
  int_type overflow(int_type character) override {
    bytes_.push_back(static_cast<std::byte>(character));
    return character;
  }

 private:
  std::vector<std::byte>& bytes_;
};

class ReadingBuffer final : public std::streambuf {
 public:
  explicit ReadingBuffer(std::span<const std::byte> bytes) {
    auto* first = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
    setg(first, first, first + bytes.size());
  }
  [[nodiscard]] std::size_t left() const noexcept {
    return static_cast<std::size_t>(egptr() - gptr());
  }
};

constexpr auto archive_flags = boost::archive::no_header;

/// Boost's binary input archive takes any length at its word: it would ask for as much memory as
/// a damaged message says. This one compares every length with what is left of the message first
/// (an item takes at least one byte there), and reads truth values as numbers.
class BoundedArchive final
    : public boost::archive::binary_iarchive_impl<BoundedArchive, char, std::char_traits<char>> {
  using Base = boost::archive::binary_iarchive_impl<BoundedArchive, char, std::char_traits<char>>;
  friend class boost::archive::detail::interface_iarchive<BoundedArchive>;
  friend class boost::archive::basic_binary_iarchive<BoundedArchive>;
  friend class boost::archive::load_access;

 public:
  explicit BoundedArchive(ReadingBuffer& buffer) : Base{buffer, archive_flags}, buffer_{buffer} {}

  template <class T>
  void load_override(T& value) {
    Base::load_override(value);
  }
  void load_override(boost::serialization::collection_size_type& count) {
    Base::load_override(count);
    require(std::as_const(count) <= buffer_.left(), "a list is longer than the message");
  }
  void load_override(std::string& text) {
    std::size_t size = 0;
    load_binary(&size, sizeof size);
    require(size <= buffer_.left(), "a text is longer than the message");
    text.resize(size);
    if (size != 0) load_binary(text.data(), size);
  }
  void load_override(bool& value) {
    unsigned char byte = 0;
    load_binary(&byte, sizeof byte);
    require(byte <= 1, "a truth value is neither 0 nor 1");
    value = byte == 1;
  }

 private:
  static void require(bool condition, const char* why) {
    if (!condition)
      throw core::Error{core::ErrorKind::corrupt_data,
                        std::string{"a message cannot be read: "} + why};
  }
  ReadingBuffer& buffer_;
};

}  // namespace detail

}  // namespace foundation::runtime

// Arrays of numbers in one piece, as Boost's binary output archive writes them.
BOOST_SERIALIZATION_USE_ARRAY_OPTIMIZATION(foundation::runtime::detail::BoundedArchive)

namespace foundation::runtime {

/// Appends `value` to `bytes`.
template <class T>
void save_archive(const T& value, std::vector<std::byte>& bytes) {
  detail::AppendingBuffer buffer{bytes};
  boost::archive::binary_oarchive archive{buffer, detail::archive_flags};
  archive << value;
}

/// Reads what save_archive wrote, from a peer that need not be ours: anything else throws
/// core::Error{corrupt_data}, and no more memory is taken than the bytes at hand justify.
template <class T>
void load_archive(std::span<const std::byte> bytes, T& value) {
  const auto fail = [](const std::string& why) {
    throw core::Error{core::ErrorKind::corrupt_data, "a message cannot be read: " + why};
  };
  detail::ReadingBuffer buffer{bytes};
  try {
    detail::BoundedArchive archive{buffer};
    archive >> value;
  } catch (const boost::archive::archive_exception& error) {
    fail(error.what());
  }
  if (buffer.left() != 0) fail("it has bytes left over");
}

}  // namespace foundation::runtime
