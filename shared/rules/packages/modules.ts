import { normalName } from './requirement.ts';

/*
 * What a package is imported as, where that is not its own name with _ for -. One line a package: its name, then its modules;
 * a dotted one counts before its first part, so that google.cloud.storage is not taken for the whole of google.
 */
const table = `
Pillow PIL
opencv-python cv2
beautifulsoup4 bs4
PyYAML yaml
scikit-learn sklearn
scikit-image skimage
python-dotenv dotenv
PyJWT jwt
python-jose jose
python-dateutil dateutil
python-decouple decouple
django-environ environ
python-multipart multipart
python-magic magic
python-slugify slugify
python-docx docx
python-pptx pptx
python-telegram-bot telegram telegram.ext
pyTelegramBotAPI telebot
python-socketio socketio
python-engineio engineio
python-ldap ldap
python-memcached memcache
python-barcode barcode
python-Levenshtein Levenshtein
python-json-logger pythonjsonlogger
python-snappy snappy
python-consul consul
python-gitlab gitlab
python-jenkins jenkins
python-nmap nmap
python-crontab crontab
python-usernames usernames
python-whois whois
python-dateparser dateparser
python-keycloak keycloak
python-logstash logstash
python-pam pam
python3-saml onelogin
pysaml2 saml2
discord.py discord
py-cord discord
psycopg2-binary psycopg2
psycopg2 psycopg2
psycopg psycopg
psycopg-pool psycopg_pool
mysqlclient MySQLdb
mysql-connector-python mysql mysql.connector
PyMySQL pymysql
cx-Oracle cx_Oracle
pymongo pymongo bson gridfs
dnspython dns
pycryptodome Crypto
pycryptodomex Cryptodome
PyNaCl nacl
pyOpenSSL OpenSSL
pyserial serial
pyusb usb
pyzmq zmq
PyGithub github
GitPython git
attrs attr attrs
setuptools setuptools pkg_resources
Flask flask
Flask-SQLAlchemy flask_sqlalchemy
Flask-Login flask_login
Flask-WTF flask_wtf
Flask-Migrate flask_migrate
Flask-Cors flask_cors
Flask-Mail flask_mail
Flask-Bcrypt flask_bcrypt
Flask-RESTful flask_restful
Flask-SocketIO flask_socketio
Flask-Babel flask_babel
Flask-Caching flask_caching
Flask-Admin flask_admin
Flask-JWT-Extended flask_jwt_extended
Flask-Limiter flask_limiter
Flask-Session flask_session
Flask-HTTPAuth flask_httpauth
Flask-MySQLdb flask_mysqldb
flask-mysql flaskext.mysql
Bootstrap-Flask flask_bootstrap
Werkzeug werkzeug
Jinja2 jinja2
MarkupSafe markupsafe
WTForms wtforms
SQLAlchemy sqlalchemy
SQLAlchemy-Utils sqlalchemy_utils
Django django
djangorestframework rest_framework
djangorestframework-simplejwt rest_framework_simplejwt
djangorestframework-xml rest_framework_xml
drf-yasg drf_yasg
drf-spectacular drf_spectacular
drf-nested-routers rest_framework_nested
django-cors-headers corsheaders
django-filter django_filters
django-crispy-forms crispy_forms
crispy-bootstrap4 crispy_bootstrap4
crispy-bootstrap5 crispy_bootstrap5
django-debug-toolbar debug_toolbar
django-allauth allauth
dj-rest-auth dj_rest_auth
dj-database-url dj_database_url
django-storages storages
django-taggit taggit
django-mptt mptt
django-import-export import_export
django-imagekit imagekit
django-compressor compressor
django-libsass django_libsass
django-rest-knox knox
django-ckeditor ckeditor ckeditor_uploader
django-summernote django_summernote
django-widget-tweaks widget_tweaks
django-bootstrap4 bootstrap4
django-bootstrap5 bootstrap5
django-bootstrap-form bootstrapform
django-celery-beat django_celery_beat
django-celery-results django_celery_results
django-redis django_redis
django-htmx django_htmx
django-ninja ninja
django-ninja-extra ninja_extra
django-money djmoney
django-phonenumber-field phonenumber_field
django-countries django_countries
django-guardian guardian
django-oauth-toolkit oauth2_provider
django-simple-history simple_history
django-extensions django_extensions
django-model-utils model_utils
django-polymorphic polymorphic
django-axes axes
django-simple-captcha captcha
django-recaptcha django_recaptcha captcha
django-anymail anymail
django-haystack haystack
django-jazzmin jazzmin
django-unfold unfold
django-grappelli grappelli
django-suit suit
django-tinymce tinymce
django-colorfield colorfield
django-autocomplete-light dal dal_select2
django-select2 django_select2
django-sass-processor sass_processor
django-pipeline pipeline
django-webpack-loader webpack_loader
django-vite django_vite
django-modeltranslation modeltranslation
django-rosetta rosetta
django-parler parler
django-reversion reversion
django-constance constance
django-health-check health_check
django-prometheus django_prometheus
django-csp csp
django-otp django_otp
django-two-factor-auth two_factor
django-hijack hijack
django-waffle waffle
django-lifecycle django_lifecycle
django-q2 django_q
django-rq django_rq
django-tables2 django_tables2
django-treebeard treebeard
django-js-asset js_asset
django-appconf appconf
django-sekizai sekizai
django-cms cms menus
django-filer filer
easy-thumbnails easy_thumbnails
sorl-thumbnail sorl
social-auth-app-django social_django
social-auth-core social_core
wagtail wagtail
channels-redis channels_redis
whitenoise whitenoise
fastapi-users fastapi_users
fastapi-cache2 fastapi_cache
fastapi-mail fastapi_mail
pydantic-settings pydantic_settings
email-validator email_validator
passlib passlib
argon2-cffi argon2
itsdangerous itsdangerous
APScheduler apscheduler
Flask-APScheduler flask_apscheduler
celery celery
sentry-sdk sentry_sdk
prometheus-client prometheus_client
prometheus-fastapi-instrumentator prometheus_fastapi_instrumentator
google-api-python-client googleapiclient apiclient
google-auth google.auth google.oauth2
google-auth-oauthlib google_auth_oauthlib
google-auth-httplib2 google_auth_httplib2
google-cloud-storage google.cloud.storage
google-cloud-firestore google.cloud.firestore
google-cloud-bigquery google.cloud.bigquery
google-cloud-pubsub google.cloud.pubsub google.cloud.pubsub_v1
google-cloud-secret-manager google.cloud.secretmanager
google-cloud-logging google.cloud.logging
google-cloud-vision google.cloud.vision
google-cloud-speech google.cloud.speech
google-cloud-translate google.cloud.translate google.cloud.translate_v2
google-cloud-texttospeech google.cloud.texttospeech
google-cloud-ndb google.cloud.ndb
google-cloud-tasks google.cloud.tasks
google-cloud-aiplatform google.cloud.aiplatform vertexai
google-genai google.genai
google-generativeai google.generativeai
protobuf google.protobuf
googletrans googletrans
grpcio grpc
grpcio-tools grpc_tools
firebase-admin firebase_admin
azure-storage-blob azure.storage.blob
azure-identity azure.identity
azure-cosmos azure.cosmos
azure-keyvault-secrets azure.keyvault.secrets
azure-cognitiveservices-speech azure.cognitiveservices.speech
boto3 boto3
botocore botocore
slack-sdk slack_sdk slack
slack-bolt slack_bolt
slackclient slackclient
twilio twilio
sendgrid sendgrid
line-bot-sdk linebot
tweepy tweepy
spotipy spotipy
paho-mqtt paho
kafka-python kafka
confluent-kafka confluent_kafka
stripe stripe
paypalrestsdk paypalrestsdk
razorpay razorpay
PyPDF2 PyPDF2
pypdf pypdf
PyMuPDF fitz pymupdf
pdfminer.six pdfminer
pdf2image pdf2image
fpdf2 fpdf
reportlab reportlab
weasyprint weasyprint
xhtml2pdf xhtml2pdf
Markdown markdown
markdown-it-py markdown_it
Pygments pygments
docutils docutils
mistune mistune
bleach bleach
lxml lxml
html5lib html5lib
feedparser feedparser
newspaper3k newspaper
readability-lxml readability
Unidecode unidecode
ruamel.yaml ruamel ruamel.yaml
toml toml
msgpack msgpack
ujson ujson
orjson orjson
simplejson simplejson
pytz pytz
tzlocal tzlocal
pytimeparse pytimeparse
python-pptx pptx
openpyxl openpyxl
XlsxWriter xlsxwriter
xlrd xlrd
matplotlib matplotlib pylab mpl_toolkits
pandas pandas
numpy numpy
torch torch
torchvision torchvision
tensorflow tensorflow
keras keras
transformers transformers
sentence-transformers sentence_transformers
opencv-contrib-python cv2
opencv-python-headless cv2
faiss-cpu faiss
llama-index llama_index
langchain langchain
langchain-community langchain_community
langchain-openai langchain_openai
langchain-core langchain_core
openai openai
openai-whisper whisper
tiktoken tiktoken
pinecone-client pinecone
qdrant-client qdrant_client
weaviate-client weaviate
chromadb chromadb
pytesseract pytesseract
SpeechRecognition speech_recognition
gTTS gtts
PyAudio pyaudio
pydub pydub
moviepy moviepy
ffmpeg-python ffmpeg
yt-dlp yt_dlp
pytube pytube
face-recognition face_recognition
imageio imageio
Wand wand
pycairo cairo
PyGObject gi
cairocffi cairocffi
CairoSVG cairosvg
pyzbar pyzbar
qrcode qrcode
selenium selenium
playwright playwright
webdriver-manager webdriver_manager
undetected-chromedriver undetected_chromedriver
websocket-client websocket
websockets websockets
aiohttp-jinja2 aiohttp_jinja2
aiohttp-session aiohttp_session
aiohttp-cors aiohttp_cors
uvicorn uvicorn
gunicorn gunicorn
gevent gevent
gevent-websocket geventwebsocket
eventlet eventlet
tornado tornado
bottle bottle
CherryPy cherrypy
falcon falcon
pyramid pyramid
waitress waitress
PasteDeploy paste.deploy
zope.sqlalchemy zope.sqlalchemy
zope.interface zope.interface
transaction transaction
dash dash
dash-bootstrap-components dash_bootstrap_components
plotly plotly
streamlit streamlit
streamlit-authenticator streamlit_authenticator
gradio gradio
nicegui nicegui
Flask-Assets flask_assets
webassets webassets
peewee peewee playhouse
peewee-async peewee_async
pony pony
tortoise-orm tortoise
aerich aerich
mongoengine mongoengine
motor motor
beanie beanie
redis redis
rq rq
huey huey
dramatiq dramatiq
pika pika
elasticsearch elasticsearch
elasticsearch-dsl elasticsearch_dsl
opensearch-py opensearchpy
openstacksdk openstack
neo4j neo4j
influxdb-client influxdb_client
clickhouse-driver clickhouse_driver
supabase supabase
graphene graphene
graphene-django graphene_django
strawberry-graphql strawberry
strawberry-graphql-django strawberry_django
ariadne ariadne
marshmallow-sqlalchemy marshmallow_sqlalchemy
flask-marshmallow flask_marshmallow
apispec apispec
flasgger flasgger
flask-restx flask_restx
connexion connexion
pyinstrument pyinstrument
loguru loguru
structlog structlog
click click
typer typer
rich rich
tabulate tabulate
tqdm tqdm
psutil psutil
Fabric fabric
paramiko paramiko
netmiko netmiko
pexpect pexpect
docker docker
kubernetes kubernetes
hvac hvac
requests-oauthlib requests_oauthlib
oauthlib oauthlib
Authlib authlib
msal msal
pyotp pyotp
cryptography cryptography
bcrypt bcrypt
pyasn1 pyasn1
ldap3 ldap3
geopy geopy
Shapely shapely
geoip2 geoip2
GDAL osgeo
pyproj pyproj
folium folium
ipython IPython
jupyter-client jupyter_client
nltk nltk
spacy spacy
textblob textblob
wordcloud wordcloud
fuzzywuzzy fuzzywuzzy
rapidfuzz rapidfuzz
emoji emoji
humanize humanize
arrow arrow
pendulum pendulum
schedule schedule
croniter croniter
icalendar icalendar
holidays holidays
phonenumbers phonenumbers
pycountry pycountry
Babel babel
polib polib
ccxt ccxt
yfinance yfinance
python-binance binance
alpaca-trade-api alpaca_trade_api
web3 web3
aiogram aiogram
Telethon telethon
Pyrogram pyrogram
TgCrypto tgcrypto
vk-api vk_api
praw praw
instaloader instaloader
mastodon.py mastodon
Mastodon.py mastodon
matrix-nio nio
slixmpp slixmpp
irc irc
python-twitter twitter
atproto atproto
pyyaml-include yamlinclude
hydra-core hydra
omegaconf omegaconf
dynaconf dynaconf
environs environs
starlette-admin starlette_admin
sqladmin sqladmin
sse-starlette sse_starlette
asgi-lifespan asgi_lifespan
asgiref asgiref
httpx httpx
requests requests
requests-toolbelt requests_toolbelt
requests-cache requests_cache
cachetools cachetools
diskcache diskcache
pylibmc pylibmc
pymemcache pymemcache
zstandard zstandard
Brotli brotli
PySocks socks
netaddr netaddr
scapy scapy
RPi.GPIO RPi
adafruit-blinka board busio digitalio
smbus2 smbus2
pyfcm pyfcm
py-vapid py_vapid
pywebpush pywebpush
mjml mjml
premailer premailer
inflection inflection
marshmallow marshmallow
more-itertools more_itertools
typing-extensions typing_extensions
importlib-metadata importlib_metadata
importlib-resources importlib_resources
backports.zoneinfo backports.zoneinfo
six six
future future past
pywin32 win32api win32con win32gui win32com pythoncom pywintypes
user-agents user_agents
ua-parser ua_parser
pyhumps humps
fake-useragent fake_useragent
Faker faker
factory-boy factory
freezegun freezegun
pytest pytest
ddt ddt
nose nose
mock mock
Cython Cython cython
cffi cffi
pybind11 pybind11
numba numba
sh sh
pyperclip pyperclip
PyAutoGUI pyautogui
pynput pynput
keyboard keyboard
PyQt5 PyQt5
PyQt6 PyQt6
PySide6 PySide6
kivy kivy
pygame pygame
`;

const modulesByPackage = new Map<string, readonly string[]>();
const packageByModule = new Map<string, string>();
for (const line of table.trim().split('\n')) {
  const [name = '', ...modules] = line.split(' ');
  modulesByPackage.set(normalName(name), modules);
  for (const module of modules) if (!packageByModule.has(module)) packageByModule.set(module, name);
}

/** The package to install for an import that nothing provides: by the longest part of its name that is known, else of the same name. */
export function packageOf(module: string): string {
  const parts = module.split('.');
  for (let count = parts.length; count > 0; count -= 1) {
    const known = packageByModule.get(parts.slice(0, count).join('.'));
    if (known !== undefined) return known;
  }
  return parts[0] ?? module;
}

/** Whether a package is one of those that many projects use: only these are ever installed because of an import alone. */
export const isWellKnown = (name: string): boolean => modulesByPackage.has(normalName(name));

/** Parts of one name that many packages share: only what is below it says which. */
const shared = new Set(['google', 'azure', 'zope', 'backports', 'ruamel', 'paste', 'flaskext', 'mpl_toolkits', 'plone', 'odoo', 'jaraco', 'sphinxcontrib', 'oslo', 'fs', 'repoze']);

/** Whether this is an import of which nobody can say which package it is of. */
export const isAmbiguous = (module: string): boolean => shared.has(module.split('.')[0] ?? '') && packageOf(module) === module.split('.')[0];

/** Whether a package, by its normal name, may be what an import is of; rather too often than too seldom. */
export function provides(name: string, module: string): boolean {
  const known = modulesByPackage.get(name);
  const [first = ''] = module.split('.');
  if (known?.some((one) => module === one || module.startsWith(`${one}.`) || one.split('.')[0] === first) === true) return true;
  const plain = flat(first);
  const named = flat(name);
  // flufl.lock is of flufl.lock, and flask-login brings flask.
  return named === plain || name.startsWith(`${normalName(first)}-`) || (!modulesByPackage.has(name) && affixed(named).includes(plain));
}

const flat = (name: string): string => name.toLowerCase().replace(/[-_.]/g, '');

/** How packages add to the name of their module. */
const affixed = (name: string): string[] => [
  name.replace(/^(python|django|flask|py|dj|fastapi|aio)3?/, ''),
  name.replace(/(python|py|client|sdk|lib|binary|api|core|plus|ng|x|2|3)$/, ''),
  name.replace(/^django/, 'dj'),
  `py${name}`,
  `${name}py`,
];

/** Packages that come with another one, so that an import of them needs no line of its own. */
const brought: Record<string, string> = {
  flask: 'werkzeug jinja2 markupsafe click itsdangerous blinker',
  quart: 'werkzeug jinja2 markupsafe click itsdangerous blinker hypercorn aiofiles h11',
  django: 'asgiref sqlparse',
  djangorestframework: 'django',
  wagtail: 'django pillow djangorestframework django-taggit django-modelcluster beautifulsoup4 requests willow',
  fastapi: 'starlette pydantic pydantic-core typing-extensions anyio annotated-types',
  starlette: 'anyio',
  pydantic: 'typing-extensions annotated-types pydantic-core',
  'pydantic-settings': 'pydantic python-dotenv typing-extensions',
  sqlmodel: 'sqlalchemy pydantic',
  'flask-sqlalchemy': 'flask sqlalchemy',
  'flask-login': 'flask werkzeug',
  'flask-wtf': 'flask wtforms itsdangerous',
  'flask-migrate': 'flask flask-sqlalchemy alembic sqlalchemy',
  'flask-restful': 'flask pytz aniso8601 six',
  'flask-restx': 'flask jsonschema werkzeug',
  'flask-socketio': 'flask python-socketio python-engineio',
  'flask-bcrypt': 'flask bcrypt',
  'flask-mail': 'flask blinker',
  'flask-cors': 'flask',
  'flask-admin': 'flask wtforms',
  'flask-jwt-extended': 'flask pyjwt',
  'flask-babel': 'flask babel pytz jinja2',
  alembic: 'sqlalchemy mako',
  requests: 'urllib3 certifi idna charset-normalizer chardet',
  httpx: 'httpcore certifi idna anyio h11 sniffio',
  aiohttp: 'yarl multidict attrs async-timeout aiosignal frozenlist',
  'discord-py': 'aiohttp yarl multidict',
  'py-cord': 'aiohttp',
  aiogram: 'aiohttp aiofiles magic-filter pydantic certifi',
  'python-telegram-bot': 'httpx apscheduler tornado pytz certifi urllib3',
  pytelegrambotapi: 'requests',
  boto3: 'botocore s3transfer jmespath python-dateutil urllib3',
  botocore: 'python-dateutil urllib3 jmespath',
  'google-api-python-client': 'google-auth google-auth-httplib2 google-api-core httplib2 uritemplate',
  'google-cloud-storage': 'google-auth google-api-core google-cloud-core requests',
  'firebase-admin': 'google-cloud-firestore google-cloud-storage google-auth cachecontrol pyjwt',
  celery: 'kombu billiard vine click python-dateutil',
  'django-celery-beat': 'celery django',
  'channels-redis': 'redis channels msgpack asgiref',
  channels: 'asgiref django',
  pandas: 'numpy python-dateutil pytz tzdata',
  'scikit-learn': 'numpy scipy joblib threadpoolctl',
  scipy: 'numpy',
  matplotlib: 'numpy pillow cycler kiwisolver python-dateutil packaging pyparsing',
  seaborn: 'numpy pandas matplotlib',
  'opencv-python': 'numpy',
  'opencv-python-headless': 'numpy',
  torch: 'numpy typing-extensions sympy networkx jinja2 filelock fsspec',
  torchvision: 'torch numpy pillow',
  tensorflow: 'numpy keras protobuf h5py requests six absl-py grpcio',
  transformers: 'numpy huggingface-hub tokenizers safetensors requests tqdm pyyaml regex packaging filelock',
  'sentence-transformers': 'torch transformers numpy scikit-learn scipy huggingface-hub pillow tqdm',
  streamlit: 'pandas numpy altair pillow requests tornado protobuf pyarrow click toml packaging',
  gradio: 'fastapi uvicorn httpx numpy pandas pillow pydantic pyyaml jinja2 requests starlette aiofiles python-multipart',
  dash: 'flask plotly werkzeug requests',
  plotly: 'packaging tenacity',
  nicegui: 'fastapi uvicorn starlette httpx jinja2 python-socketio pydantic',
  openai: 'httpx pydantic anyio typing-extensions tqdm',
  langchain: 'langchain-core pydantic pyyaml requests sqlalchemy numpy tenacity aiohttp',
  'langchain-openai': 'openai tiktoken langchain-core',
  sqlalchemy: 'greenlet typing-extensions',
  jinja2: 'markupsafe',
  werkzeug: 'markupsafe',
  uvicorn: 'click h11',
  typer: 'click rich',
  rich: 'pygments markdown-it-py',
  spacy: 'numpy pydantic requests typer thinc',
  nltk: 'regex click joblib tqdm',
  selenium: 'urllib3 trio certifi',
  paramiko: 'cryptography bcrypt pynacl',
  fabric: 'paramiko invoke',
  pyopenssl: 'cryptography',
  authlib: 'cryptography',
  'social-auth-app-django': 'social-auth-core django',
  'social-auth-core': 'requests requests-oauthlib oauthlib pyjwt cryptography',
  'requests-oauthlib': 'requests oauthlib',
  beautifulsoup4: 'soupsieve',
  pyramid: 'webob zope-interface zope-deprecation venusian translationstring pastedeploy plaster hupper',
  connexion: 'requests jsonschema pyyaml werkzeug jinja2 inflection',
  bokeh: 'tornado numpy pandas jinja2 pillow pyyaml',
  mkdocs: 'jinja2 markdown pyyaml click markupsafe',
  sphinx: 'docutils jinja2 pygments requests babel',
  pelican: 'docutils jinja2 pygments feedgenerator markdown blinker',
  ipython: 'traitlets pygments',
  tweepy: 'requests requests-oauthlib oauthlib',
  ccxt: 'requests cryptography aiohttp aiodns yarl',
  web3: 'requests aiohttp eth-account eth-utils eth-typing hexbytes',
  elasticsearch: 'elastic-transport urllib3 certifi',
  'elasticsearch-dsl': 'elasticsearch',
  mongoengine: 'pymongo',
  motor: 'pymongo',
  beanie: 'motor pymongo pydantic',
  'django-allauth': 'django requests',
  'dj-rest-auth': 'django djangorestframework',
  'djangorestframework-simplejwt': 'django djangorestframework pyjwt',
  'strawberry-graphql': 'graphql-core python-dateutil typing-extensions',
  'graphene-django': 'graphene graphql-core django',
  graphene: 'graphql-core graphql-relay',
  docker: 'requests urllib3 websocket-client',
  kubernetes: 'requests urllib3 pyyaml python-dateutil google-auth websocket-client',
  xhtml2pdf: 'reportlab pillow html5lib pypdf svglib',
  weasyprint: 'cffi pydyf tinycss2 tinyhtml5 pillow fonttools',
  'sentry-sdk': 'urllib3 certifi',
  gunicorn: 'packaging',
  redis: 'async-timeout',
};

/** The packages themselves and those that they are known to bring, by normal names. */
export function withBrought(names: ReadonlySet<string>): Set<string> {
  const found = new Set(names);
  for (const name of found) for (const one of brought[name]?.split(' ') ?? []) found.add(one);
  return found;
}

/** Whether another one of them is known to bring it: then a list of all that is installed names it too. */
export function isBrought(name: string, names: ReadonlySet<string>): boolean {
  for (const one of names) if (one !== name && brought[one]?.split(' ').includes(name) === true) return true;
  return false;
}
