"""The names that ship with logscrub: which are secrets, which only sound like one, in which languages."""

from __future__ import annotations

import unicodedata
from functools import cache

import pytest

from logscrub.detect.keys import WEAK, Lexicon
from logscrub.rules import builtin_rules

# Field, and names of it as people write them in code and in logs.
NAMED = {
    "password": """
        password userPassword user_password USER-PASSWORD dbPasswd PGPASSWORD MYSQL_PWD passphrase pwd pswd passwrd
        passcode db_pass smtpPass adminPass keystorePassword truststore.password ldap_bind_pw snmpAuthPassphrase
        password_confirmation password2 oldPassword new-password plaintextPassword kafka.ssl.key.password
        Passwort Kennwort Benutzerkennwort datenbankpasswort mot_de_passe motDePasse motdepasse contraseña contrasena
        contraseñaNueva senha palavra-passe senha_atual пароль Пароль 密码 密碼 口令 用户密码 登录密码 パスワード
        ログインパスワード 비밀번호 사용자비밀번호 암호 wachtwoord lösenord hasło
    """,
    "pass": "pass new_pass mdp clave",
    "secret": """
        secret clientSecret client_secret_value appSecret webhook_secret totp_secret JWT_SECRET secret_uuid SECRET_KEY_BASE
        recovery_code backupCodes snmp_community SNMP.Community.String geheimnis секрет シークレット
    """,
    "api-key": """
        apiKey api-key APIKEY x-api-key API_KEYS aws_secret_access_key privateKey privateKeyPem encryptionKey signing_key
        ssl_key sslkey master_key storage_account_key pre_shared_key wep_key wpa_psk AccountKey SharedAccessKey
        x-functions-key Ocp-Apim-Subscription-Key license_key apiSchlüssel api_schluessel clé_secrète cle_api clave_secreta
        chave_de_acesso секретный_ключ 密钥 访问密钥 私钥 秘密鍵 アクセスキー 비밀키
    """,
    "token": """
        token sessionTokens2 refreshTokenValue refresh_token authToken X-Auth-Token OS_TOKEN bearer jwt id_token_hint
        githubToken gh-token csrf_token XSRF-TOKEN csrfmiddlewaretoken sas_token authorization_code code_verifier
        SAMLResponse passwordResetToken zugangstoken jeton token_de_acceso token_de_acesso токен 令牌 访问令牌 トークン
        アクセストークン 토큰 액세스토큰
    """,
    "authorization": "Authorization Proxy-Authorization HTTP_AUTHORIZATION x-amz-security-token X-Vault-Token",
    "cookie": "Cookie Set-Cookie http_cookie auth_cookie",
    "session-id": """
        session_id sessionId JSESSIONID PHPSESSID ASP.NET_SessionId session_cookie session_value remember_token
        sitzungsID sitzungs_id id_de_session identifiant_de_session id_de_sesión id_sesion id_da_sessão 会话ID
        セッションID 세션ID идентификатор_сессии
    """,
    "credential": "credentials creds basic_auth zugangsdaten credenciais 认证凭据 凭据 認証情報",
    "one-time-code": """
        otp otp_code totp mfa_code smsCode verification_code pin PIN pinCode user_pin puk einmalcode code_pin
        código_de_verificación codigo_de_verificacao пин_код код_подтверждения 验证码 暗証番号 認証コード 인증번호
    """,
    "seed-phrase": "seed_phrase walletMnemonic security_answer 助记词",
    "auth": "secret_id vault_secret_id keytab X-Amz-Signature nt_hash",
    "connection-string": "connectionString DATABASE_URL SENTRY_DSN",
    "card-number": """
        card_number cardNumber cardno cc_number creditCard credit_card_number kreditkartennummer kartennummer
        numéro_de_carte numero_carte numero_de_tarjeta tarjeta_de_crédito número_do_cartão номер_карты 卡号 信用卡号
        カード番号 카드번호
    """,
    "card-verification-code": """
        cvv cvv2 cvc2 CVC card_security_code kartenprüfnummer cryptogramme_visuel codigo_de_seguridad
        código_de_segurança код_безопасности 安全码 セキュリティコード 보안코드
    """,
    "card-expiry": "card_expiry cardExpirationDate cc_exp срок_действия_карты 信用卡有效期 カード有効期限",
    "bank-account": """
        account_number accountNo bankAccountNumber routing_number sort-code iban IBAN kontonummer numéro_de_compte
        numero_de_cuenta número_da_conta номер_счета 银行账号 口座番号 계좌번호
    """,
    "national-id": """
        ssn SSN socialSecurityNumber national_id tax_id taxpayerId passport passportNumber passport_no drivers_license
        driverLicenseNumber driving_licence aadhaar steuerID steuernummer reisepassnummer führerscheinnummer
        sozialversicherungsnummer numéro_de_sécurité_sociale numero_securite_sociale passeport permis_de_conduire dni nif
        curp pasaporte licencia_de_conducir seguridad_social cpf cnh passaporte carta_de_condução ИНН СНИЛС
        номер_паспорта водительское_удостоверение 身份证号 護照號碼 驾照号码 マイナンバー パスポート番号 運転免許証番号 주민등록번호
        여권번호 운전면허번호
    """,
    "birth-date": """
        dob date_of_birth birthDate birthday geburtsdatum date_de_naissance fecha_nacimiento data_de_nascimento
        дата_рождения 出生日期 生年月日 생년월일
    """,
    "person-name": """
        first_name lastName fullName surname cardholder_name card_holder patientName vorname nachname familienname prénom
        nom_de_famille apellido nombre_completo sobrenome nome_completo фамилия отчество 姓名 用户姓名 氏名 フリガナ 성명
    """,
    "street-address": """
        street_address homeAddress billing_address address_line_1 addressLine2 anschrift strasse straße wohnort
        adresse_postale adresse_de_livraison domicilio dirección_postal endereço адрес_доставки улица 家庭地址 住所 집주소
    """,
    "postal-code-field": "postal_code zipCode zip_code plz postleitzahl code_postal codigo_postal cep 邮编 郵便番号 우편번호",
    "phone-field": """
        phone phoneNumber mobile_number telephone fax handynummer telefonnummer téléphone numero_de_telephone teléfono
        movil telefone телефон номер_телефона 手机号 电话 電話番号 전화번호 휴대폰번호
    """,
    "email-field": "email userEmail e-mail mailadresse courriel correo_electrónico почта 邮箱 メールアドレス 이메일",
    "user-name": "username user_name benutzername nombre_de_usuario имя_пользователя 用户名 ユーザー名",
    "medical-record": """
        mrn medicalRecordNumber patient_id patientNumber insurance_number nhs_number patientennummer
        krankenversichertennummer numero_patient historia_clinica prontuário номер_полиса 病历号 患者番号 환자번호
    """,
    "health-detail": """
        diagnosis patientDiagnosis blood_type bloodGroup medical_history allergies blutgruppe diagnose groupe_sanguin
        diagnóstico tipo_sanguíneo диагноз группа_крови 诊断 血型 診断名 血液型 진단명 혈액형
    """,
    "personal-device": "imei IMSI advertisingId idfa androidId udid license_plate vin_number 车牌号 차량번호",
    "device-id": "device_id deviceId serial_number seriennummer 序列号 端末ID",
    "named-coordinate": "latitude gps_lng breitengrad широта 纬度 経度 위도",
    "precise-location": "lat userLng longitud",
}

HARMLESS = """
    token_count tokenCount max_tokens maxTokens tokenizer tokenize tokens_used prompt_tokens completion_tokens total_tokens
    input_tokens num_tokens token_type token_endpoint access_token_url access_token_lifetime token_expiry token_expires_in
    token_ttl token_issuer tokenization next_page_token continuation_token cancellationToken pad_token eos_token
    expires_in password_length passwordLength password_policy password-policy password_reset_url password_changed_at
    password_expired passwordHint password_encryption password_file password_path passwordStrength password_required
    password_field_label password_attempts password_rotation_days passwordless passwd_file PGPASSFILE
    author authors authority authentic authenticated authenticator authored_by auth_type auth_enabled auth_url auth_method
    secretary secretariat secret_name secretName secret_arn secret_version secret_count secret_path secrets_manager
    public_key publicKey public_key_id key_id keyId access_key_id accessKeyId primary_key foreign_key cache_key
    partition_key sort_key keyboard keynote keyword monkey hockey donkey turkey key_count api_key_id api_key_name
    apikey_enabled private_key_path privateKeyFile ssl_key_file encryption_key_id signing_key_id
    csrf_enabled session_count session_timeout sessions session_type session_state cookie_policy cookie_name cookie_age
    cookie_domain pin_code_enabled pin_required pinned pinning spinning spinner shipping shipped opinion pinpoint ping
    mapping typing copying pinata passenger passage compass compassion encompass passed passes bypass passive passthrough
    surpass trespass overpass underpass password_prompt one_time_code_length
    ssn_required ssn_valid classname lesson session_name card_type card_brand cardinality discard wildcard dashboard last4
    card_last4 credit_card_type cvv_result cvv_check cvc_valid card_number_length iban_valid account_number_type
    passport_strategy_name passport_control_url patience patient_id_type diagnostic diagnostics diagnosis_count
    credential_source credentials_file credential_type credentials_provider dns ssh_host hostname filename pathname
    nickname_length surname_length first_name_length username_length phone_type microphone headphones phonetic
    smartphone_count email_template email_count email_enabled street_count address ip_address mac location name id host user
    latitude_format latency flat platform translation deviceless simulation vintage imei_valid zip unzip
    密码长度 密码策略 令牌数 クッキーポリシー パスワードポリシー 비밀번호정책 passwortlänge
"""

# has_password, forgot_password: about the secret, unless the value looks like one.
DOUBTFUL = """
    has_password has_session_value is_secret use_token enable_api_key password_hash passwordSalt password_foo
    token_foo_bar forgotPassword require_pin
"""


@cache
def lexicon() -> Lexicon:
    """The names that ship with logscrub, those that are off by default too."""
    rules = builtin_rules()
    return Lexicon(rules.fields, rules.grammar)


@cache
def usual_lexicon() -> Lexicon:
    """The names that count by default, without those that only count with an opaque value."""
    rules = builtin_rules()
    return Lexicon([field for field in rules.fields if field.default and field.value != WEAK], rules.grammar)


@pytest.mark.parametrize(("field", "key"), [(field, key) for field, keys in NAMED.items() for key in keys.split()])
def test_named(field: str, key: str) -> None:
    """This name says what its value is, and every word of it is understood."""
    verdict = lexicon().judge(key)
    assert verdict is not None
    assert (verdict.field.id, verdict.sure) == (field, True)


@pytest.mark.parametrize("key", [key for keys in NAMED.values() for key in keys.split() if not key.isascii()])
def test_decomposed(key: str) -> None:
    """A name typed with combining accents is the same name."""
    assert lexicon().judge(unicodedata.normalize("NFD", key)) == lexicon().judge(key)


@pytest.mark.parametrize("key", [key for keys in NAMED.values() for key in keys.split() if key.isascii()])
def test_fullwidth(key: str) -> None:
    """A name in fullwidth letters is the same name."""
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in key)
    verdict, plain = lexicon().judge(wide), lexicon().judge(key)
    assert verdict is not None
    assert plain is not None
    assert verdict.field == plain.field


@pytest.mark.parametrize("key", HARMLESS.split())
def test_harmless(key: str) -> None:
    """This name only sounds like a secret, or says something about one."""
    assert usual_lexicon().judge(key) is None


@pytest.mark.parametrize("key", DOUBTFUL.split())
def test_doubtful(key: str) -> None:
    """What stands under this name has to look like a secret to be taken for one."""
    verdict = lexicon().judge(key)
    assert verdict is not None
    assert not verdict.sure
