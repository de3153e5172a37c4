#pragma once

#include <cstddef>
#include <span>
#include <streambuf>
#include <vector>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/array.hpp>
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
};

constexpr auto archive_flags = boost::archive::no_header;

}  // namespace detail

/// Appends `value` to `bytes`.
template <class T>
void save_archive(const T& value, std::vector<std::byte>& bytes) {
  detail::AppendingBuffer buffer{bytes};
  boost::archive::binary_oarchive archive{buffer, detail::archive_flags};
  archive << value;
}

/// Reads what save_archive wrote. Throws core::Error{corrupt_data}. For bytes of our own ranks.
template <class T>
void load_archive(std::span<const std::byte> bytes, T& value) {
  try {
    detail::ReadingBuffer buffer{bytes};
    boost::archive::binary_iarchive archive{buffer, detail::archive_flags};
    archive >> value;
  } catch (const boost::archive::archive_exception& error) {
    throw core::Error{core::ErrorKind::corrupt_data,
                      std::string{"a message cannot be read: "} + error.what()};
  }
}

}  // namespace foundation::runtime
