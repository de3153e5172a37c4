#include "endpoints/detail/verdict.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/terminal_text.hpp"

namespace foundation::endpoints::detail {

using nlohmann::json;

namespace {

constexpr std::size_t longest_excerpt = 300;

/// The beginning of what a server sent, fit for logs and journals whatever it is.
std::string excerpt(std::string_view text) { return core::visible(text, longest_excerpt); }

/// What the server says about an error: {"error": {"message": ...}}, {"error": "..."} or text.
std::string message_in(const std::string& body) {
  const json parsed = json::parse(body, nullptr, false);
  if (parsed.is_object() && parsed.contains("error")) {
    const json& error = parsed["error"];
    if (error.is_string()) return excerpt(error.get<std::string>());
    if (error.is_object() && error.contains("message") && error["message"].is_string())
      return excerpt(error["message"].get<std::string>());
  }
  return excerpt(body);
}

/// How long the prompt was and how long it may be, if the server says so.
std::string context_in(const std::string& body) {
  const json parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("error") || !parsed["error"].is_object()) return {};
  const json& error = parsed["error"];
  const auto number = [&](const char* name) {
    return error.contains(name) && error[name].is_number_integer() ? error[name].get<std::int64_t>()
                                                                   : -1;
  };
  const std::int64_t prompt = number("n_prompt_tokens");
  const std::int64_t context = number("n_ctx");
  if (prompt < 0 || context < 0) return {};
  return fmt::format(" (the prompt has {} tokens, a slot of the server {})", prompt, context);
}

TroubleKind kind_of(long status, const std::string& message) {
  switch (status) {
    case 401:
    case 403: return TroubleKind::denied;
    case 404:
    case 405: return TroubleKind::not_found;
    case 408:
    case 425: return TroubleKind::server_error;
    case 429: return TroubleKind::limited;
    case 502:
    case 503:
    case 504:
    case 529: return TroubleKind::overloaded;
    default: break;
  }
  if (status >= 500 && message.find("peg-native") != std::string::npos)
    return TroubleKind::bad_output;
  if (status >= 500) return TroubleKind::server_error;
  return status >= 400 ? TroubleKind::refused : TroubleKind::unusable;
}

Trouble http_trouble(const HttpResponse& response) {
  const std::string message = message_in(response.body);
  return {.kind = kind_of(response.status, message),
          .message =
              fmt::format("HTTP {}: {}{}", response.status,
                          message.empty() ? "without a word" : message, context_in(response.body)),
          .retry_after = response.retry_after};
}

Trouble broken_trouble(const HttpResponse& response) {
  using End = HttpResponse::End;
  Trouble trouble{.kind = TroubleKind::cut, .message = response.error, .retry_after = {}};
  if (response.end == End::timed_out) trouble.kind = TroubleKind::timeout;
  if (response.end == End::no_contact) trouble.kind = TroubleKind::no_contact;
  if (response.end == End::untrusted) trouble.kind = TroubleKind::untrusted;
  return trouble;
}

std::uint64_t count_in(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return 0;
  const json& number = object[name];
  return number.is_number_unsigned() ? number.get<std::uint64_t>() : 0;
}

std::string text_in(const json& object, const char* name) {
  return object.contains(name) && object[name].is_string() ? object[name].get<std::string>()
                                                           : std::string{};
}

/// Why the body is no completion; empty: it is one.
std::string problem_of(const json& parsed) {
  if (parsed.is_discarded()) return "it is not JSON";
  if (!parsed.is_object()) return "it is not a JSON object";
  if (!parsed.contains("choices") || !parsed["choices"].is_array()) return "it has no 'choices'";
  if (parsed["choices"].empty()) return "its 'choices' are empty";
  const json& choice = parsed["choices"][0];
  if (!choice.is_object() || !choice.contains("message") || !choice["message"].is_object())
    return "its first choice has no 'message'";
  const json& message = choice["message"];
  if (!message.contains("content")) return "its message has no 'content'";
  if (!message["content"].is_string() && !message["content"].is_null())
    return "the 'content' of its message is no text";
  return {};
}

}  // namespace

std::variant<Completion, Trouble> judge(const HttpResponse& response) {
  if (response.end != HttpResponse::End::complete) return broken_trouble(response);
  if (response.status != 200) return http_trouble(response);
  const auto unusable = [](std::string message) {
    return Trouble{.kind = TroubleKind::unusable, .message = std::move(message), .retry_after = {}};
  };
  if (response.body.empty()) return unusable("HTTP 200 with an empty body");
  const json parsed = json::parse(response.body, nullptr, false);
  if (const std::string problem = problem_of(parsed); !problem.empty())
    return unusable(fmt::format("HTTP 200 with an answer that is no completion: {}: {}", problem,
                                excerpt(response.body)));
  const json& choice = parsed["choices"][0];
  Completion completion;
  completion.text = text_in(choice["message"], "content");  // null: nothing but a tool call or air
  completion.finish_reason = text_in(choice, "finish_reason");
  if (parsed.contains("usage")) {
    completion.usage = {.prompt_tokens = count_in(parsed["usage"], "prompt_tokens"),
                        .completion_tokens = count_in(parsed["usage"], "completion_tokens")};
  }
  return completion;
}

std::string body_of(const Request& request) {
  json messages = json::array();
  for (const Message& message : request.messages)
    messages.push_back({{"role", message.role}, {"content", message.content}});
  json body = {{"model", request.model},
               {"messages", std::move(messages)},
               {"temperature", request.temperature},
               {"seed", request.seed},
               {"max_tokens", std::max(request.max_tokens, 1U)},
               {"stream", false}};
  if (!request.stop.empty()) body["stop"] = request.stop;
  try {
    if (!request.response_format.empty())
      body["response_format"] = json::parse(request.response_format);
    return body.dump();
  } catch (const json::exception& error) {
    throw core::Error{core::ErrorKind::bad_input,
                      fmt::format("the request cannot be written as JSON: {}", error.what())};
  }
}

std::string pack(const Completion& completion) {
  json packed{{"text", completion.text},
              {"finish_reason", completion.finish_reason},
              {"prompt_tokens", completion.usage.prompt_tokens},
              {"completion_tokens", completion.usage.completion_tokens}};
  if (completion.duration) packed["duration_ns"] = completion.duration->count();
  return packed.dump();
}

std::optional<Completion> unpack(const std::string& text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("text") || !parsed["text"].is_string())
    return std::nullopt;
  Completion completion{.text = text_in(parsed, "text"),
                        .finish_reason = text_in(parsed, "finish_reason"),
                        .usage = {.prompt_tokens = count_in(parsed, "prompt_tokens"),
                                  .completion_tokens = count_in(parsed, "completion_tokens")},
                        .from_cache = true};
  if (parsed.contains("duration_ns"))
    completion.duration = core::Duration{
        std::max<std::int64_t>(static_cast<std::int64_t>(count_in(parsed, "duration_ns")), 0)};
  return completion;
}

}  // namespace foundation::endpoints::detail
