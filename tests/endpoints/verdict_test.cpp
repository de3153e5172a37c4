#include "endpoints/detail/verdict.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace foundation::endpoints::detail {
namespace {

using nlohmann::json;
using testing::HasSubstr;

HttpResponse response(long status, std::string body) {
  HttpResponse made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

Trouble trouble_of(const HttpResponse& made) {
  const auto verdict = judge(made);
  if (const auto* trouble = std::get_if<Trouble>(&verdict)) return *trouble;
  ADD_FAILURE() << "taken for a completion";
  return {};
}

TEST(Verdict, statuses_have_their_remedies) {
  const std::vector<std::pair<long, TroubleKind>> expected{
      {400, TroubleKind::refused},      {401, TroubleKind::denied},
      {403, TroubleKind::denied},       {404, TroubleKind::not_found},
      {408, TroubleKind::server_error}, {413, TroubleKind::refused},
      {422, TroubleKind::refused},      {429, TroubleKind::limited},
      {500, TroubleKind::server_error}, {502, TroubleKind::overloaded},
      {503, TroubleKind::overloaded},   {504, TroubleKind::overloaded},
      {529, TroubleKind::overloaded},   {301, TroubleKind::unusable}};
  for (const auto& [status, kind] : expected)
    EXPECT_EQ(trouble_of(response(status, "x")).kind, kind) << status;
}

TEST(Verdict, finds_the_servers_own_words) {
  EXPECT_EQ(trouble_of(response(400, R"({"error":{"message":"no such field"}})")).message,
            "HTTP 400: no such field");
  EXPECT_EQ(trouble_of(response(400, R"({"error":"plain"})")).message, "HTTP 400: plain");
  EXPECT_EQ(trouble_of(response(502, "<html>")).message, "HTTP 502: <html>");
  EXPECT_EQ(trouble_of(response(503, "")).message, "HTTP 503: without a word");
}

TEST(Verdict, a_completion_may_lack_what_nobody_needs) {
  const auto verdict = judge(response(200, R"({"choices":[{"message":{"content":"yes"}}]})"));
  const auto& completion = std::get<Completion>(verdict);
  EXPECT_EQ(completion.text, "yes");
  EXPECT_EQ(completion.finish_reason, "");
  EXPECT_EQ(completion.usage.prompt_tokens, 0U);
}

TEST(Verdict, anything_else_is_unusable_and_never_throws) {
  for (const char* body :
       {"", "null", "[]", "5", "{}", R"({"choices":5})", R"({"choices":[]})", R"({"choices":[5]})",
        R"({"choices":[{"message":5}]})", R"({"choices":[{"message":{}}]})",
        R"({"choices":[{"message":{"content":[1]}}]})",
        "{\"choices\":[{\"message\":{\"content\":\"\xFF\"}}]}",
        R"({"choices":[{"message":{"content":"cut)"}) {
    EXPECT_EQ(trouble_of(response(200, body)).kind, TroubleKind::unusable) << body;
  }
  const std::string deep(100'000, '[');
  EXPECT_EQ(trouble_of(response(200, deep)).kind, TroubleKind::unusable);
}

TEST(Verdict, strange_usage_counts_as_none) {
  const auto verdict =
      judge(response(200, R"({"choices":[{"message":{"content":"x"}}],)"
                          R"("usage":{"prompt_tokens":-3,"completion_tokens":"7"}})"));
  EXPECT_EQ(std::get<Completion>(verdict).usage.prompt_tokens, 0U);
  EXPECT_EQ(std::get<Completion>(verdict).usage.completion_tokens, 0U);
}

TEST(Body, holds_the_request_and_nothing_of_the_endpoint) {
  Request request{.model = "m",
                  .messages = {{"user", "h\u00E9llo"}},
                  .temperature = 0.25,
                  .seed = 9,
                  .max_tokens = 5,
                  .stop = {"end"},
                  .response_format = R"({"type":"json_object"})",
                  .prefix = 4};
  const json body = json::parse(body_of(request));
  EXPECT_EQ(body["model"], "m");
  EXPECT_EQ(body["messages"][0]["content"], "h\u00E9llo");
  EXPECT_EQ(body["temperature"], 0.25);
  EXPECT_EQ(body["seed"], 9);
  EXPECT_EQ(body["max_tokens"], 5);
  EXPECT_EQ(body["stop"], json::array({"end"}));
  EXPECT_EQ(body["response_format"]["type"], "json_object");
  EXPECT_EQ(body["stream"], false);
  EXPECT_EQ(body.size(), 8U);
}

TEST(Body, cannot_be_made_of_what_is_no_text) {
  EXPECT_THROW(static_cast<void>(body_of({.model = "m", .messages = {{"user", "\xC3\x28"}}})),
               core::Error);
  EXPECT_THROW(static_cast<void>(body_of({.model = "m", .response_format = "{"})), core::Error);
}

TEST(Body, never_asks_for_no_tokens) {
  EXPECT_EQ(json::parse(body_of({.model = "m", .max_tokens = 0}))["max_tokens"], 1);
}

TEST(Packed, comes_back_as_it_was) {
  Completion completion{.text = "a\nb", .finish_reason = "length", .usage = {7, 9}};
  EXPECT_EQ(unpack(pack(completion))->duration, std::nullopt) << "of an earlier version";
  completion.duration = std::chrono::milliseconds{20};
  const auto again = unpack(pack(completion));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->text, completion.text);
  EXPECT_EQ(again->finish_reason, "length");
  EXPECT_EQ(again->usage.completion_tokens, 9U);
  EXPECT_EQ(again->duration, completion.duration);
  EXPECT_TRUE(again->from_cache);
  EXPECT_FALSE(unpack("{}").has_value());
  EXPECT_FALSE(unpack("nonsense").has_value());
}

}  // namespace
}  // namespace foundation::endpoints::detail
