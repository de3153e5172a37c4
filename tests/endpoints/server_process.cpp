#include "server_process.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "core/descriptor.hpp"

namespace foundation::endpoints {
namespace {

[[noreturn]] void become(const std::vector<std::string>& words, int out) {
  std::vector<char*> raw;
  for (const std::string& word : words) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  ::dup2(out, STDOUT_FILENO);
  ::execv(raw.front(), raw.data());
  std::_Exit(127);
}

std::string read_all(int descriptor, std::string_view until) {
  std::string text;
  std::array<char, 4096> part{};
  while (text.find(until) == std::string::npos) {
    const ssize_t size = ::read(descriptor, part.data(), part.size());
    if (size <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), FOUNDATION_LM_SERVER);
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error{"no pipe"};
  process_ = ::fork();
  if (process_ == 0) become(arguments, ends[1]);
  ::close(ends[1]);
  const core::Descriptor out{ends[0]};
  if (std::sscanf(read_all(out.get(), "\n").c_str(), "port %d", &port_) != 1)
    throw std::runtime_error{"the test server has not started"};
}

ServerProcess::~ServerProcess() { kill(); }

void ServerProcess::kill() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string ServerProcess::url(const std::string& scheme) const {
  return scheme + "://127.0.0.1:" + std::to_string(port_) + "/v1";
}

nlohmann::json ServerProcess::stats() const {
  const core::Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error{"the test server has gone"};
  const std::string request = "GET /stats HTTP/1.1\r\n\r\n";
  static_cast<void>(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL));
  const std::string response = read_all(socket.get(), "}}");
  return nlohmann::json::parse(response.substr(response.find("\r\n\r\n") + 4));
}

TemporaryFolder::TemporaryFolder() : path_{std::filesystem::current_path() / "folder.XXXXXX"} {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ClientOptions options_for(const std::string& url) {
  ClientOptions options;
  options.endpoints.push_back({.url = url});
  options.request_timeout = std::chrono::seconds{20};
  options.deadline = std::chrono::seconds{20};
  return options;
}

Request request_for(const std::string& text, const std::string& model) {
  const auto field = [](const std::string& name, const std::string& value) {
    return "[[ ## " + name + " ## ]]\n" + value + "\n";
  };
  Request request;
  request.model = model;
  request.messages = {
      {"system", "Fields given:\n- text\n\nFields to fill in:\n- label\n"},
      {"user", field("text", "green leaves grow")},
      {"assistant", field("label", "plant")},
      {"user", field("text", "grey stones roll")},
      {"assistant", field("label", "mineral")},
      {"user", field("text", text)},
  };
  return request;
}

Completion completion_of(const Reply& reply) {
  if (const auto* failure = std::get_if<Failure>(&reply)) {
    ADD_FAILURE() << name_of(failure->kind) << ": " << failure->message;
    return {};
  }
  return std::get<Completion>(reply);
}

Failure failure_of(const Reply& reply) {
  if (const auto* failure = std::get_if<Failure>(&reply)) return *failure;
  ADD_FAILURE() << "answered: " << std::get<Completion>(reply).text;
  return {};
}

}  // namespace foundation::endpoints
