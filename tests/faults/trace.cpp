#include "trace.hpp"

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace foundation::testing {
namespace {

const std::map<std::string, CallKind, std::less<>> kinds = {
    {"create", CallKind::create}, {"write", CallKind::write},   {"truncate", CallKind::truncate},
    {"sync", CallKind::sync},     {"close", CallKind::close},   {"link", CallKind::link},
    {"rename", CallKind::rename}, {"unlink", CallKind::unlink}, {"mkdir", CallKind::make_folder},
    {"look", CallKind::look}};

Bytes from_hex(const std::string& text) {
  Bytes bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
  return bytes;
}

Call parse(const std::string& line) {
  std::istringstream words{line};
  std::string verb;
  words >> verb;
  const auto kind = kinds.find(verb);
  if (kind == kinds.end()) throw std::runtime_error{"unknown call: " + line.substr(0, 80)};
  Call call{.kind = kind->second, .path = {}};
  std::string hex;
  switch (call.kind) {
    case CallKind::write: words >> call.offset >> call.path >> hex; break;
    case CallKind::truncate:
    case CallKind::look: words >> call.offset >> call.path; break;
    case CallKind::link:
    case CallKind::rename: words >> call.path >> call.target; break;
    default: words >> call.path;
  }
  if (!words) throw std::runtime_error{"incomplete call: " + line.substr(0, 80)};
  call.bytes = from_hex(hex);
  return call;
}

}  // namespace

std::vector<Call> read_trace(const std::filesystem::path& log) {
  std::vector<Call> calls;
  std::ifstream stream{log};
  for (std::string line; std::getline(stream, line);) calls.push_back(parse(line));
  return calls;
}

}  // namespace foundation::testing
