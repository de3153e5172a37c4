#include "behaviour.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>

#include "model.hpp"

namespace foundation::lm_server {
namespace {

using nlohmann::json;

std::string error_body(int status, const std::string& message) {
  return json{{"error", {{"code", status}, {"message", message}, {"type", "error"}}}}.dump();
}

json completion(const json& request, const std::string& text, const std::string& finish) {
  std::size_t bytes = 0;
  for (const json& message : request.at("messages"))
    bytes += message.at("content").get_ref<const std::string&>().size();
  return {{"object", "chat.completion"},
          {"model", request.at("model")},
          {"choices",
           {{{"index", 0},
             {"finish_reason", finish},
             {"message", {{"role", "assistant"}, {"content", text}}}}}},
          {"usage",
           {{"prompt_tokens", bytes / 4},
            {"completion_tokens", text.size() / 4 + 1},
            {"total_tokens", bytes / 4 + text.size() / 4 + 1}}},
          {"timings", {{"prompt_n", 1}}}};
}

std::string http_date(int seconds_from_now) {
  const std::time_t moment = std::time(nullptr) + seconds_from_now;
  std::tm parts{};
  ::gmtime_r(&moment, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<Behaviour::Trouble> Behaviour::troubles_in(const std::string& model) {
  std::vector<Trouble> troubles;
  const std::size_t colon = model.find(':');
  if (colon == std::string::npos) return troubles;
  std::istringstream parts{model.substr(colon + 1)};
  for (std::string part; std::getline(parts, part, ',');) {
    Trouble trouble;
    const std::size_t times = part.rfind('x');
    if (times != std::string::npos && is_number(part.substr(times + 1))) {
      trouble.times = std::stoi(part.substr(times + 1));
      part.resize(times);
    }
    const std::size_t equals = part.find('=');
    trouble.name = part.substr(0, equals);
    if (equals != std::string::npos) trouble.argument = part.substr(equals + 1);
    troubles.push_back(trouble);
  }
  return troubles;
}

Reaction Behaviour::trouble_of(const Trouble& trouble, const std::string& authorization,
                               const std::string& text) const {
  using Kind = Reaction::Kind;
  const std::string& name = trouble.name;
  Reaction reaction{.kind = Kind::raw_body};
  const auto status = [&](int code, const std::string& message) {
    reaction.status = code;
    reaction.body = error_body(code, message);
  };
  if (is_number(name)) {
    status(std::stoi(name), "trouble asked for");
    if (!trouble.argument.empty()) reaction.headers = "Retry-After: " + trouble.argument + "\r\n";
  } else if (name == "429-date") {
    status(429, "trouble asked for");
    reaction.headers = "Retry-After: " + http_date(std::stoi(trouble.argument)) + "\r\n";
  } else if (name == "too-long") {
    reaction.status = 400;
    reaction.body = json{{"error",
                          {{"code", 400},
                           {"message", "the request exceeds the available context size"},
                           {"type", "exceed_context_size_error"},
                           {"n_prompt_tokens", 9000},
                           {"n_ctx", 4096}}}}
                        .dump();
  } else if (name == "peg") {
    status(500, "The model produced output that does not match the expected peg-native format");
  } else if (name == "echo-key") {
    status(400, "who sends " + authorization + " may not ask");
  } else if (name == "empty") {
    reaction.body = "";
  } else if (name == "not-json") {
    reaction.body = "<html>a proxy says hello</html>";
  } else if (name == "cut-json") {
    reaction.body = text.substr(0, text.size() / 2);
  } else if (name == "no-choices") {
    reaction.body = R"({"object":"chat.completion"})";
  } else if (name == "empty-choices") {
    reaction.body = R"({"choices":[]})";
  } else if (name == "no-content") {
    reaction.body = R"({"choices":[{"message":{"role":"assistant"}}]})";
  } else if (name == "null-content") {
    reaction.body = R"({"choices":[{"message":{"content":null},"finish_reason":"stop"}]})";
  } else if (name == "number-content") {
    reaction.body = R"({"choices":[{"message":{"content":5},"finish_reason":"stop"}]})";
  } else if (name == "bad-utf8") {
    reaction.body = "{\"choices\":[{\"message\":{\"content\":\"\xC3\x28\"}}]}";
  } else if (name == "endless") {
    reaction.body.assign(std::size_t{17} << 20U, ' ');
  } else if (name == "length" || name == "blank" || name == "plain" || name == "half" ||
             name == "needs-repair") {
    json whole = json::parse(text);
    std::string content = whole["choices"][0]["message"]["content"];
    if (name == "blank") content = "\n\n   \n";
    if (name == "plain" || name == "needs-repair") content = "It is hard to say.";
    if (name == "length" || name == "half") content.resize(content.find("## ]]") + 5);
    if (name == "length" || name == "blank") whole["choices"][0]["finish_reason"] = "length";
    whole["choices"][0]["message"]["content"] = content;
    reaction.body = whole.dump();
  } else if (name == "cut-before") {
    reaction.kind = Kind::cut_before;
  } else if (name == "cut-body") {
    reaction.kind = Kind::cut_body;
    reaction.body = text;
  } else if (name == "hang") {
    reaction.kind = Kind::hang;
  } else {
    status(500, "the test server knows no trouble '" + name + "'");
  }
  return reaction;
}

std::optional<Reaction> Behaviour::refuse(const std::string& authorization) {
  const auto plain = [](int status, const std::string& message) {
    return Reaction{.kind = Reaction::Kind::raw_body,
                    .status = status,
                    .headers = {},
                    .body = error_body(status, message)};
  };
  if (Clock::now() - started_ < std::chrono::milliseconds{settings_.loading_ms})
    return plain(503, "Loading model");
  if (!settings_.key.empty() && authorization != "Bearer " + settings_.key)
    return plain(401, "Invalid API Key");
  return std::nullopt;
}

/// No more than `limit` completions in any window: what is refused does not count.
std::optional<Reaction> Behaviour::limit() {
  if (settings_.limit == 0) return std::nullopt;
  const auto now = Clock::now();
  const std::chrono::milliseconds window{settings_.window_ms};
  while (!recent_.empty() && now - recent_.front() >= window) recent_.pop_front();
  if (recent_.size() >= static_cast<std::size_t>(settings_.limit)) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(recent_.front() + window - now);
    return Reaction{.kind = Reaction::Kind::raw_body,
                    .status = 429,
                    .headers = "Retry-After: " + std::to_string(wait.count()) + "\r\n",
                    .body = error_body(429, "rate limit reached")};
  }
  recent_.push_back(now);
  most_in_window_ = std::max<std::uint64_t>(most_in_window_, recent_.size());
  return std::nullopt;
}

Reaction Behaviour::react(const std::string& authorization, const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  const std::lock_guard lock{mutex_};
  if (auto refusal = refuse(authorization)) return *refusal;
  // As real servers do: what is no JSON is a 500, not a 400.
  if (!request.is_object() || !request.contains("messages"))
    return {.kind = Reaction::Kind::raw_body,
            .status = 500,
            .headers = {},
            .body = error_body(500, "parse error")};
  if (auto refusal = limit()) return *refusal;
  if (!bodies_.insert(body).second) ++repeated_;
  const json answered = completion(request, answer(request), "stop");
  prompt_tokens_ += answered["usage"]["prompt_tokens"].get<std::uint64_t>();
  answer_tokens_ += answered["usage"]["completion_tokens"].get<std::uint64_t>();
  const std::string text = answered.dump();
  Reaction reaction{.kind = Reaction::Kind::answer, .status = 200, .headers = {}, .body = text};
  reaction.delay_ms = settings_.latency_ms;
  for (const Trouble& trouble : troubles_in(request.at("model").get<std::string>())) {
    if (trouble.name == "slow") {
      reaction.delay_ms += std::stoi(trouble.argument);
      continue;
    }
    if (trouble.name == "needs-repair" && body.find("cannot be used") != std::string::npos)
      continue;
    if (trouble.times && ++troubled_[trouble.name + body] > *trouble.times) continue;
    const int delay = reaction.delay_ms;
    reaction = trouble_of(trouble, authorization, text);
    reaction.delay_ms = delay;
    break;
  }
  return reaction;
}

void Behaviour::begin() {
  const std::lock_guard lock{mutex_};
  ++requests_;
  most_at_once_ = std::max(most_at_once_, ++under_way_);
}

void Behaviour::end(int status) {
  const std::lock_guard lock{mutex_};
  --under_way_;
  ++statuses_[status];
}

void Behaviour::connected() {
  const std::lock_guard lock{mutex_};
  ++connections_;
}

std::string Behaviour::stats() {
  const std::lock_guard lock{mutex_};
  json statuses = json::object();
  for (const auto& [status, count] : statuses_) statuses[std::to_string(status)] = count;
  return json{{"requests", requests_},          {"repeated", repeated_},
              {"distinct", bodies_.size()},     {"connections", connections_},
              {"most_at_once", most_at_once_},  {"most_in_window", most_in_window_},
              {"statuses", statuses},           {"prompt_tokens", prompt_tokens_},
              {"answer_tokens", answer_tokens_}}
      .dump();
}

void Behaviour::reset() {
  const std::lock_guard lock{mutex_};
  troubled_.clear();
  bodies_.clear();
  recent_.clear();
  statuses_.clear();
  requests_ = repeated_ = connections_ = most_in_window_ = prompt_tokens_ = answer_tokens_ = 0;
  most_at_once_ = under_way_;
}

}  // namespace foundation::lm_server
