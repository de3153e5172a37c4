// A stand-in for llama-server, vLLM and hosted endpoints: a real HTTP server on loopback, which
// answers from the prompt alone (model.hpp) and makes the trouble that real ones were seen to make
// (behaviour.hpp). Prints "port N" and serves until it is ended.
//
// usage: lm_server [--key K] [--latency-ms N] [--limit N] [--window-ms N] [--loading-ms N]
//                  [--close-after N] [--idle-ms N] [--certificate FILE --private-key FILE]
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "behaviour.hpp"
#include "connection.hpp"

namespace foundation::lm_server {
namespace {

struct Options {
  Settings settings;
  int close_after = 0;  ///< requests a connection; 0: any number
  int idle_ms = -1;     ///< before a connection is closed; negative: never
  std::string certificate;
  std::string private_key;
};

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "lm_server: %s\n", message.c_str());
  std::exit(2);
}

Options read_options(int count, char** words) {
  Options options;
  const std::map<std::string, std::string*> texts{{"--key", &options.settings.key},
                                                  {"--certificate", &options.certificate},
                                                  {"--private-key", &options.private_key}};
  const std::map<std::string, int*> numbers{{"--latency-ms", &options.settings.latency_ms},
                                            {"--limit", &options.settings.limit},
                                            {"--window-ms", &options.settings.window_ms},
                                            {"--loading-ms", &options.settings.loading_ms},
                                            {"--close-after", &options.close_after},
                                            {"--idle-ms", &options.idle_ms}};
  for (int i = 1; i + 1 < count; i += 2) {
    if (const auto text = texts.find(words[i]); text != texts.end()) {
      *text->second = words[i + 1];
    } else if (const auto number = numbers.find(words[i]); number != numbers.end()) {
      *number->second = std::atoi(words[i + 1]);
    } else {
      fail("unknown option " + std::string{words[i]});
    }
  }
  if (count % 2 == 0) fail("an option without a value");
  return options;
}

std::string head(int status, std::size_t length, const std::string& more) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(length) +
         "\r\n" + more + "\r\n";
}

/// False: the connection is to be closed.
bool respond(Connection& connection, const Reaction& reaction) {
  using Kind = Reaction::Kind;
  std::this_thread::sleep_for(std::chrono::milliseconds{reaction.delay_ms});
  if (reaction.kind == Kind::cut_before) return false;
  if (reaction.kind == Kind::hang) {
    connection.await_end();
    return false;
  }
  const std::string whole =
      head(reaction.status, reaction.body.size(), reaction.headers) + reaction.body;
  if (reaction.kind == Kind::cut_body) {
    connection.send(whole.substr(0, whole.size() - reaction.body.size() / 2));
    return false;
  }
  connection.send(whole);
  return true;
}

bool handle(Connection& connection, const HttpMessage& message, Behaviour& behaviour) {
  if (message.method == "GET" || message.path == "/reset") {
    if (message.path == "/reset") behaviour.reset();
    const std::string text = message.path == "/stats" ? behaviour.stats() : R"({"status":"ok"})";
    connection.send(head(200, text.size(), {}) + text);
    return true;
  }
  if (!message.path.ends_with("/chat/completions")) {
    const std::string text = R"({"error":{"code":404,"message":"File Not Found"}})";
    connection.send(head(404, text.size(), {}) + text);
    return true;
  }
  behaviour.begin();
  const Reaction reaction = behaviour.react(message.authorization, message.body);
  const bool stays = respond(connection, reaction);
  behaviour.end(stays ? reaction.status : 0);
  return stays;
}

void serve(core::Descriptor socket, SSL_CTX* tls, const Options& options, Behaviour& behaviour) {
  Connection connection{std::move(socket), tls};
  behaviour.connected();
  for (int served = 1;; ++served) {
    const auto message = connection.receive(options.idle_ms);
    if (!message || !handle(connection, *message, behaviour)) return;
    if (options.close_after != 0 && served >= options.close_after) return;
  }
}

core::Descriptor listen_on_loopback() {
  core::Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 || ::listen(socket.get(), 1024) != 0 ||
      ::getsockname(socket.get(), generic, &size) != 0)
    fail("cannot listen on loopback");
  std::printf("port %d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return socket;
}

int run(const Options& options) {
  TlsContext tls;
  if (!options.certificate.empty()) tls = make_tls(options.certificate, options.private_key);
  Behaviour behaviour{options.settings};
  const core::Descriptor listening = listen_on_loopback();
  while (true) {
    core::Descriptor socket{::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!socket) continue;
    std::thread{[socket = std::move(socket), &tls, &options, &behaviour]() mutable {
      serve(std::move(socket), tls.get(), options, behaviour);
    }}.detach();
  }
}

}  // namespace
}  // namespace foundation::lm_server

int main(int count, char** words) {
  // A test that dies must leave no server behind.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGPIPE, SIG_IGN);
  return foundation::lm_server::run(foundation::lm_server::read_options(count, words));
}
