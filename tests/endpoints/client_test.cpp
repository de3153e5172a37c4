// What a client does when all goes well.
#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "server_process.hpp"

namespace foundation::endpoints {
namespace {

using testing::HasSubstr;

TEST(Client, answers_from_the_demonstrations_in_the_prompt) {
  const ServerProcess server;
  Client client{options_for(server.url())};
  const auto plant = completion_of(client.complete(request_for("leaves are green")));
  EXPECT_THAT(plant.text, HasSubstr("plant"));
  EXPECT_EQ(plant.finish_reason, "stop");
  EXPECT_GT(plant.usage.prompt_tokens, 10U);
  EXPECT_GT(plant.usage.completion_tokens, 1U);
  EXPECT_THAT(completion_of(client.complete(request_for("stones are grey"))).text,
              HasSubstr("mineral"));
  EXPECT_EQ(client.totals().answered, 2U);
  EXPECT_EQ(server.stats()["connections"], 2);  // one for both requests, one for this question
}

TEST(Client, keeps_hundreds_of_requests_under_way_over_connections_it_reuses) {
  const ServerProcess server{{"--latency-ms", "1000"}};
  Client client{options_for(server.url())};
  std::vector<std::thread> callers;
  std::atomic<int> answered{0};
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i)
    callers.emplace_back([&, i] {
      for (int k = 0; k < 2; ++k) {
        const auto reply = client.complete(request_for("leaves " + std::to_string(2 * i + k)));
        answered += std::holds_alternative<Completion>(reply) ? 1 : 0;
      }
    });
  for (std::thread& caller : callers) caller.join();
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(answered, 400);
  const auto stats = server.stats();
  EXPECT_GE(stats["most_at_once"], 100);
  EXPECT_LE(stats["connections"], 260);
  EXPECT_LT(took, std::chrono::seconds{60}) << "one after another they would take 400 s";
}

TEST(Client, a_rerun_with_the_cache_sends_nothing) {
  const ServerProcess server;
  const TemporaryFolder folder;
  ClientOptions options = options_for(server.url());
  options.cache_folder = folder.path() + "/cache";
  std::vector<std::string> first;
  {
    Client client{options};
    for (int i = 0; i < 20; ++i)
      first.push_back(completion_of(client.complete(request_for(std::to_string(i)))).text);
    EXPECT_EQ(client.totals().cached, 0U);
  }
  options.endpoints.front().url = "http://127.0.0.1:9/elsewhere";  // no part of the request
  Client client{options};
  for (int i = 0; i < 20; ++i) {
    const auto completion = completion_of(client.complete(request_for(std::to_string(i))));
    EXPECT_EQ(completion.text, first[static_cast<std::size_t>(i)]);
    EXPECT_TRUE(completion.from_cache);
    EXPECT_EQ(completion.finish_reason, "stop");
  }
  EXPECT_EQ(client.totals().cached, 20U);
  EXPECT_EQ(client.totals().answered, 0U);
  EXPECT_EQ(server.stats()["requests"], 20);
}

TEST(Client, what_changes_the_answer_changes_the_cached_request) {
  const ServerProcess server;
  const TemporaryFolder folder;
  ClientOptions options = options_for(server.url());
  options.cache_folder = folder.path();
  Client client{options};
  Request request = request_for("green stones");
  const auto ask = [&] { return completion_of(client.complete(request)).from_cache; };
  EXPECT_FALSE(ask());
  EXPECT_TRUE(ask());
  request.seed = 4;
  EXPECT_FALSE(ask());
  request.temperature = 0.5;
  EXPECT_FALSE(ask());
  request.max_tokens = 100;
  EXPECT_FALSE(ask());
  request.stop = {"[[ ## end ## ]]"};
  EXPECT_FALSE(ask());
  request.prefix = 77;  // only says where to ask
  EXPECT_TRUE(ask());
}

TEST(Client, requests_with_one_prefix_meet_one_endpoint) {
  const ServerProcess one;
  const ServerProcess two;
  ClientOptions options = options_for(one.url());
  options.endpoints.push_back({.url = two.url()});
  Client client{options};
  for (std::uint64_t prefix = 0; prefix < 40; ++prefix) {
    const auto before = one.stats()["requests"].get<int>();
    for (int i = 0; i < 3; ++i) {
      Request request = request_for(std::to_string(i));
      request.prefix = prefix;
      static_cast<void>(completion_of(client.complete(request)));
    }
    EXPECT_EQ((one.stats()["requests"].get<int>() - before) % 3, 0);
  }
  EXPECT_GE(one.stats()["requests"], 24);
  EXPECT_GE(two.stats()["requests"], 24);
}

TEST(Client, a_dead_endpoint_leaves_its_requests_to_the_others) {
  const ServerProcess alive;
  ServerProcess dead;
  ClientOptions options = options_for(alive.url());
  options.endpoints.push_back({.url = dead.url()});
  Client client{options};
  dead.kill();
  for (std::uint64_t prefix = 0; prefix < 20; ++prefix) {
    Request request = request_for(std::to_string(prefix));
    request.prefix = prefix;
    static_cast<void>(completion_of(client.complete(request)));
  }
  EXPECT_EQ(client.totals().failed, 0U);
  EXPECT_EQ(alive.stats()["requests"], 20);
}

TEST(Client, sums_up_what_it_took) {
  const ServerProcess server;
  ClientOptions options = options_for(server.url());
  options.limits.input_price = 1e6;  // one for each token
  options.limits.output_price = 2e6;
  Client client{options};
  const auto completion = completion_of(client.complete(request_for("leaves")));
  const Totals totals = client.totals();
  EXPECT_EQ(totals.usage.prompt_tokens, completion.usage.prompt_tokens);
  EXPECT_DOUBLE_EQ(totals.cost, static_cast<double>(completion.usage.prompt_tokens +
                                                    2 * completion.usage.completion_tokens));
  EXPECT_THAT(describe(totals), HasSubstr("1 requests (0 of them from the cache, 0 failed"));
  EXPECT_THAT(describe(totals), HasSubstr("cost"));
}

}  // namespace
}  // namespace foundation::endpoints
