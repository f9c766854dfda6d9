import type { ImportType } from '../../contract/imports.ts';

/** What a call makes; `served` where the type alone does not say how it is served. */
export interface Made {
  type: ImportType;
  /** own: by a server of its own, when its script is run. */
  served: 'wsgi' | 'asgi' | 'own';
  /** No framework: a function or class of the project's own that a server can call. */
  isByHand?: true;
}

const made = (type: ImportType, served: Made['served'], names: string): [string, Made][] => names.split(/\s+/).map((name) => [name, { type, served }]);

/** Calls that make a web application, by full name. Frameworks built on another count as that. */
export const makers: ReadonlyMap<string, Made> = new Map([
  ...made('flask', 'wsgi', 'flask.Flask flask.app.Flask apiflask.APIFlask eve.Eve flask_openapi3.OpenAPI connexion.FlaskApp connexion.apps.flask_app.FlaskApp'),
  ...made('fastapi', 'asgi', 'fastapi.FastAPI fastapi.applications.FastAPI fastapi_offline.FastAPIOffline'),
  ...made('django', 'wsgi', 'django.core.wsgi.get_wsgi_application django.core.handlers.wsgi.WSGIHandler configurations.wsgi.get_wsgi_application'),
  ...made('django', 'asgi', 'django.core.asgi.get_asgi_application channels.routing.get_default_application configurations.asgi.get_asgi_application'),
  ...made(
    'asgi',
    'asgi',
    'starlette.applications.Starlette starlette.routing.Router quart.Quart litestar.Litestar litestar.app.Litestar starlite.Starlite blacksheep.Application blacksheep.server.Application',
  ),
  ...made(
    'asgi',
    'asgi',
    'sanic.Sanic sanic.app.Sanic falcon.asgi.App emmett.App responder.API esmerald.Esmerald connexion.AsyncApp connexion.App muffin.Application bocadillo.App',
  ),
  ...made(
    'asgi',
    'asgi',
    'socketio.ASGIApp ariadne.asgi.GraphQL strawberry.asgi.GraphQL robyn.Robyn microdot.asgi.Microdot shiny.App shiny._app.App reflex.App fasthtml.common.FastHTML fasthtml.common.fast_app fasthtml.FastHTML',
  ),
  ...made(
    'wsgi',
    'wsgi',
    'bottle.Bottle bottle.default_app bottle.app falcon.App falcon.API falcon.app.App hug.API web.application cherrypy.Application webapp2.WSGIApplication pecan.make_app',
  ),
  ...made(
    'wsgi',
    'wsgi',
    'dash.Dash dash_extensions.enrich.DashProxy morepath.App socketio.WSGIApp microdot.wsgi.Microdot masonite.foundation.Application spyne.server.wsgi.WsgiApplication wsgidav.wsgidav_app.WsgiDAVApp pyramid.paster.get_app',
  ),
  ...made('wsgi', 'own', 'tornado.web.Application aiohttp.web.Application aiohttp.web_app.Application'),
]);

/** A method of any object that gives a WSGI or ASGI application. */
export const makingMethods: Readonly<Record<string, Made>> = {
  make_wsgi_app: { type: 'wsgi', served: 'wsgi' },
  wsgifunc: { type: 'wsgi', served: 'wsgi' },
  streamable_http_app: { type: 'asgi', served: 'asgi' },
  sse_app: { type: 'asgi', served: 'asgi' },
};

/** Calls that take an application and are one again. */
export const isWrapper = (name: string): boolean =>
  /(Middleware|ProxyFix|WhiteNoise|WSGIApp|ASGIApp|ProtocolTypeRouter|WsgiToAsgi|AsgiToWsgi|mount_gradio_app|SentryWsgi|Sentry|OpenTelemetry\w*|DjangoWhiteNoise|Cling|MediaCling|StaticFilesHandler)$/.test(
    name,
  );

/**
 * Scripts that serve pages by themselves, by the module they import and how that is called when it serves. Frameworks of WSGI count
 * as that; programs with pages that no WSGI or ASGI server could serve are scripts.
 */
export const pageServers: { module: string; type: ImportType; run: RegExp }[] = [
  { module: 'gradio', type: 'gradio', run: /(^|\.)(launch|queue)$/ },
  { module: 'nicegui', type: 'script', run: /^nicegui\.ui\.run$/ },
  { module: 'flet', type: 'script', run: /^flet\.(app|app_async|run)$/ },
  { module: 'taipy', type: 'script', run: /\.run$/ },
  { module: 'remi', type: 'script', run: /^remi\.start$/ },
  { module: 'chainlit', type: 'script', run: /^chainlit\.(on_message|on_chat_start|step|set_starters)$/ },
  { module: 'panel', type: 'script', run: /(^|\.)(servable|serve)$/ },
  { module: 'solara', type: 'script', run: /^solara\.component$/ },
  { module: 'mesop', type: 'script', run: /^mesop\.page$/ },
  { module: 'pywebio', type: 'script', run: /start_server$/ },
  { module: 'cherrypy', type: 'wsgi', run: /^cherrypy\.(quickstart|engine\.start)$/ },
  { module: 'bottle', type: 'wsgi', run: /^bottle\.run$/ },
  { module: 'tornado', type: 'wsgi', run: /(^|\.)listen$|IOLoop.*\.start$/ },
  { module: 'aiohttp', type: 'wsgi', run: /^aiohttp\.web\.run_app$/ },
  { module: 'wsgiref', type: 'wsgi', run: /serve_forever$/ },
  { module: 'waitress', type: 'wsgi', run: /^waitress\.serve$/ },
];

/** Calls of the standard library, and of programs that only show figures, that answer HTTP beside whatever else is done. */
export const ownServers =
  /^((http\.server|BaseHTTPServer)\.(Threading)?HTTPServer|socketserver\.(Threading)?TCPServer|prometheus_client\.start_(http|wsgi)_server|prometheus_client\.exposition\.start_(http|wsgi)_server)$/;

/** Of these, the ones that hold a connection to other people's servers. */
export const botModules =
  /^(discord|nextcord|disnake|hikari|interactions|telegram|telebot|aiogram|pyrogram|hydrogram|telethon|nonebot|botpy|khl|guilded|slack_bolt|twitchio|nio|praw|asyncpraw|tweepy|vkbottle|vk_api|irc)(\.|$)/;

/** Modules of programs that run on and on beside the web: bots, queues, schedulers. */
export const workerModules =
  /^(discord|nextcord|disnake|hikari|interactions|telegram|telebot|aiogram|pyrogram|hydrogram|telethon|nonebot|botpy|khl|guilded|pyromod|slack_bolt|slackbot|slack_sdk\.(rtm|socket_mode)|twitchio|nio|simplematrixbotlib|mastodon|praw|asyncpraw|tweepy|vkbottle|vk_api|irc|pydle|botbuilder|zulip|pymumble_py3|schedule|apscheduler|celery|dramatiq|huey|rq|arq|taskiq|pika|aio_pika|kafka|aiokafka|confluent_kafka|faust|paho|gmqtt|asyncio_mqtt|aiomqtt|nats)(\.|$)/;

/** What is made to be asked for one message after the other. */
export const consumers =
  /^(kafka\.KafkaConsumer|aiokafka\.AIOKafkaConsumer|confluent_kafka\.(\w+Consumer|Consumer)|rq\.(worker\.)?(Simple|Spawn)?Worker|google\.cloud\.pubsub(_v1)?\.SubscriberClient|watchdog\.observers\.Observer|(websockets|websockets\.(server|asyncio\.server))\.serve|asyncio\.start_(unix_)?server)$/;

/** Calls that wait for work until they are stopped. */
export const waitsForever =
  /(^|\.)(run_polling|start_polling|infinity_polling|polling|run_until_disconnected|run_forever|serve_forever|loop_forever|start_consuming|run_webhook|idle|run_pending|consume_forever|listen_forever|sync_forever|long_polling|run_in_thread_forever|serve_until_stopped|wait_for_termination)$|^(asyncio\.Event\(\)\.wait|signal\.pause)$/;
